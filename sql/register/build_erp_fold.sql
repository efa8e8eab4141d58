CREATE TEMP TABLE erp_fold AS SELECT f.text, e.erp FROM folded AS f JOIN erp AS e ON e.fold = f.fold
