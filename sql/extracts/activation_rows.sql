-- Which delivered row each reported one means. "fitting" rows agree with every key that was given; "touched" with one.
WITH asked AS (
    SELECT line, number, token,
        hmac64($blind_inner, $blind_outer, encode('email:' || email)) AS email,
        hmac64(
            $blind_inner, $blind_outer,
            encode('name_org:' || array_to_string(list_sort(string_split(name, ' ')), ' ') || '|' || business_id)
        ) AS name
    FROM reported
),
found AS (
    SELECT a.line, 'row' AS key, d.number FROM asked AS a JOIN listed AS d ON d.number = a.number
    UNION SELECT a.line, 'token', d.number FROM asked AS a JOIN listed AS d ON d.ban_token = a.token
    UNION SELECT a.line, 'email', d.number FROM asked AS a JOIN listed AS d ON d.email = a.email
    UNION SELECT a.line, 'name', d.number FROM asked AS a JOIN listed AS d ON d.name_org = a.name
),
given AS (
    SELECT line, (number IS NOT NULL)::INTEGER + (token IS NOT NULL)::INTEGER + (email IS NOT NULL)::INTEGER
        + (name IS NOT NULL)::INTEGER AS keys
    FROM asked
),
agreed AS (SELECT line, number, count(*) AS keys FROM found GROUP BY line, number)
SELECT
    g.line,
    count(a.number) AS touched,
    count(a.number) FILTER (WHERE a.keys = g.keys) AS fitting,
    min(a.number) FILTER (WHERE a.keys = g.keys) AS number
FROM given AS g
LEFT JOIN agreed AS a ON a.line = g.line
GROUP BY g.line
ORDER BY g.line
