-- What the register still holds of whoever goes.
SELECT (SELECT count(DISTINCT g.person) FROM gone_person AS g JOIN previous.person AS p ON p.person = g.person),
       (SELECT count(*) FROM gone_position_all),
       (SELECT count(*) FROM gone_organisation AS g JOIN previous.organisation AS o ON o.org = g.org)
