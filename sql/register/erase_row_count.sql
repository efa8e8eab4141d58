SELECT count(*) FROM gone_row
