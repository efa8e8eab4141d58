DROP TABLE r_token_text
