-- Which delivered rows each of a recipient's records is: those that the most of its hashes fit. A record that shares an
-- address with two rows, and the name with one of them, is that one.
WITH asked AS (
    UNPIVOT (
        SELECT
            record,
            ('0x' || substr(email, 1, 16))::UBIGINT AS email,
            ('0x' || substr(phone, 1, 16))::UBIGINT AS phone,
            ('0x' || substr(mobile, 1, 16))::UBIGINT AS mobile,
            ('0x' || substr(name, 1, 16))::UBIGINT AS name
        FROM held
    ) ON email, phone, mobile, name INTO NAME way VALUE hash
),
known AS (
    UNPIVOT (SELECT number, left_email AS email, left_phone AS phone, left_name AS name FROM listed)
    ON email, phone, name INTO NAME way VALUE hash
),
hit AS (
    SELECT a.record, k.number, count(DISTINCT k.way) AS ways
    FROM asked AS a
    JOIN known AS k ON k.hash = a.hash AND k.way = if(a.way = 'mobile', 'phone', a.way)
    GROUP BY a.record, k.number
)
SELECT record, number
FROM hit
QUALIFY ways = max(ways) OVER (PARTITION BY record)
ORDER BY record, number
