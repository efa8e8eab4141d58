DROP TABLE notice_seen
