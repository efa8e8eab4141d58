INSERT INTO industry
SELECT row_number() OVER (ORDER BY industry_version, industry), industry_version, industry, left(industry, 2)
FROM (SELECT DISTINCT industry_version, industry FROM organisation WHERE industry IS NOT NULL)
