INSERT INTO form
SELECT row_number() OVER (ORDER BY form), form FROM (SELECT DISTINCT form FROM organisation WHERE form IS NOT NULL)
