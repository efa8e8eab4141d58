INSERT INTO title
SELECT row_number() OVER (ORDER BY fold), fold
FROM (SELECT DISTINCT f.fold FROM folded AS f SEMI JOIN (SELECT DISTINCT title FROM position_input) AS i ON i.title = f.text
      WHERE f.fold IS NOT NULL)
