-- Ids of the erps that a criterion names.
SELECT erp FROM erp WHERE fold IN (SELECT unnest($folds::VARCHAR[]))
