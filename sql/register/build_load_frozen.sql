-- Loads that rows carried over came from, if they are live no more.
INSERT INTO load
SELECT l.load, l.source, l.obtained_on FROM previous.load AS l
SEMI JOIN (
    SELECT unnest([p.name_load, p.title_load, p.responsibility_load, p.email_load, p.mobile_load, p.postal_load]) AS load
    FROM position AS p SEMI JOIN frozen AS f ON f.person = p.person
    UNION
    SELECT unnest([o.name_load, o.industry_load, o.size_load, o.visiting_load, o.postal_load, o.phone_load, o.web_load, o.it_load])
    FROM organisation AS o JOIN position AS p ON p.org = o.org SEMI JOIN frozen AS f ON f.person = p.person
) AS w ON w.load = l.load
ANTI JOIN load AS n ON n.load = l.load
