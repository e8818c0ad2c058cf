DROP TABLE data_keys, subjects, index_keys;
