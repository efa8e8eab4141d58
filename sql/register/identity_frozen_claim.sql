DELETE FROM claim USING (SELECT DISTINCT c.label FROM claim AS c JOIN frozen AS f ON f.person = c.person) AS l
WHERE claim.label = l.label
