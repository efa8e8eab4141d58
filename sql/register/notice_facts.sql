SELECT (SELECT version FROM notice_rule) AS version, (SELECT count(*) FROM notice_untold) AS untold
