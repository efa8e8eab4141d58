-- Rows of positions known from several rows; rank 1 wins a field group if it has a value (R008).
CREATE TEMP TABLE position_pick AS
SELECT i.*, u.unit,
    row_number() OVER (PARTITION BY u.unit ORDER BY i.standing, i.source_date DESC NULLS LAST, i.load DESC, i.rid) AS rank
FROM position_input AS i
JOIN seat AS s ON s.rid = i.rid
JOIN unit AS u ON u.person = s.person AND u.org = s.org AND u.title = s.title AND u.size > 1
