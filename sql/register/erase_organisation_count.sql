SELECT count(*) FROM gone_organisation
