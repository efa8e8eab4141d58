SELECT DISTINCT path, file, row::BIGINT AS row FROM gone_row
