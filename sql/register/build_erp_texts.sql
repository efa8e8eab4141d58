SELECT DISTINCT it_erp AS text FROM organisation WHERE it_erp IS NOT NULL
