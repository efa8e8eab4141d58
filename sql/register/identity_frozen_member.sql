-- What the sources say of them now is left aside.
DELETE FROM member USING (SELECT DISTINCT c.label FROM claim AS c JOIN frozen AS f ON f.person = c.person) AS l
WHERE member.label = l.label
