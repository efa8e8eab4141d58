SELECT current_setting('lock_configuration') AND NOT current_setting('enable_external_access')
