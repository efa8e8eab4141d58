-- One decision a row. The limits part what is taken, what a person looks at, and what is in the register as nobody.
WITH best AS (
    SELECT pid, rid, p, name, identifier, phone, domain, address, person, birth
    FROM party
    QUALIFY row_number() OVER (PARTITION BY pid ORDER BY p DESC, rid) = 1
),
judged AS (
    SELECT pid, rid, p,
        CASE
            WHEN p < $none AND identifier < 4 THEN 'none'
            WHEN p < $auto THEN 'review'
            WHEN identifier >= 4 AND name <= 1 AND phone < 2 AND domain < 2 AND address < 4 AND person < 3 THEN 'review'
            WHEN identifier < 3 AND phone < 2 AND domain < 2 AND address < 3 AND person < 3 AND birth < 2 THEN 'review'
            ELSE 'auto'
        END AS state
    FROM best
),
best_person AS (
    SELECT person.pid, person.person, person.p
    FROM person INNER JOIN judged ON person.pid = judged.pid AND person.rid = judged.rid
    QUALIFY row_number() OVER (PARTITION BY person.pid ORDER BY person.p DESC, person.person) = 1
)
SELECT row_id.pid,
    CASE WHEN judged.p >= $likely THEN judged.rid END AS rid,
    coalesce(judged.p, 0) AS p,
    coalesce(judged.state, 'none') AS state,
    CASE WHEN judged.p >= $likely AND best_person.p >= $likely THEN best_person.person END AS person,
    coalesce(best_person.p, 0) AS person_p,
    CASE
        WHEN coalesce(best_person.p, 0) < $none THEN 'none'
        WHEN judged.state = 'auto' AND best_person.p >= $auto THEN 'auto'
        ELSE 'review'
    END AS person_state
FROM row_id
LEFT JOIN judged ON row_id.pid = judged.pid
LEFT JOIN best_person ON row_id.pid = best_person.pid
ORDER BY row_id.pid
