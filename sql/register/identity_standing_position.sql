-- Former positions under the person's present id.
CREATE TEMP TABLE standing_position AS
SELECT f.position, s.person, f.org, f.title, f.sid FROM former_position AS f JOIN successor AS s ON s.former = f.person
