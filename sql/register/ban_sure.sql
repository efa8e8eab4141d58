-- The candidates a request really leaves: where a name and an address agree on somebody, those; else whoever fits either.
CREATE OR REPLACE TEMP TABLE ban_sure AS
WITH way AS (
    SELECT n, person, bool_or(way = 'name') AS by_name, bool_or(way <> 'name') AS by_address FROM ban_candidate GROUP BY ALL
), agreed AS (
    SELECT n, person FROM way WHERE by_name AND by_address
)
SELECT n, person FROM agreed
UNION
SELECT n, person FROM way ANTI JOIN agreed USING (n)
