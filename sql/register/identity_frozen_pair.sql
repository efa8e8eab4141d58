-- Who, by the rows, is the same person as a restricted one (the restricted person included).
CREATE TEMP TABLE frozen_pair AS
SELECT DISTINCT r.person AS former, c.person
FROM claim AS m
JOIN restricted_now AS r ON r.person = m.person
JOIN claim AS c ON c.label = m.label
