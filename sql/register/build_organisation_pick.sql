-- Rows of organisations known from several sources; rank 1 wins a field group if it has a value (R008).
CREATE TEMP TABLE organisation_pick AS
SELECT i.*,
    row_number() OVER (PARTITION BY i.org ORDER BY i.standing, i.source_date DESC NULLS LAST, i.load DESC, i.rid) AS rank
FROM organisation_input AS i
SEMI JOIN organisation_row AS r ON r.rid = i.rid
ANTI JOIN organisation_lone AS l ON l.org = i.org
