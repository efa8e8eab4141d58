-- A sole trader is his business: where the person is out, so are its number and address (R010).
SELECT DISTINCT f.ban, f.grade, 'organisation' AS target, p.org::BIGINT AS id, f.channel
FROM found AS f
JOIN position AS p ON p.person = f.id
JOIN organisation AS o ON o.org = p.org AND o.sole_trader
WHERE f.target = 'person'
