-- First names and mobiles that several rows share.
CREATE TEMP TABLE number AS
SELECT first, mobile, min(rid) AS head FROM position_row
WHERE first IS NOT NULL AND mobile IS NOT NULL GROUP BY first, mobile HAVING count(*) > 1
