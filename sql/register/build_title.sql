-- Titles that the sources, a correction or a restricted position give.
INSERT INTO title
SELECT row_number() OVER (ORDER BY fold), fold
FROM (
    SELECT DISTINCT f.fold FROM folded AS f
    SEMI JOIN (
        SELECT DISTINCT title FROM position_input
        UNION SELECT value FROM correction WHERE field = 'title'
        UNION SELECT p.title FROM previous.position AS p SEMI JOIN restricted_now AS r ON r.person = p.person
    ) AS i ON i.title = f.text
    WHERE f.fold IS NOT NULL
)
