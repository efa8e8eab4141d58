INSERT INTO erp
SELECT row_number() OVER (ORDER BY fold), fold FROM (SELECT DISTINCT fold FROM folded WHERE fold IS NOT NULL)
