-- Ids of the titles that a criterion names.
SELECT title FROM title WHERE fold IN (SELECT unnest($folds::VARCHAR[]))
