-- Everything that a migration can leave in the current schema, one line for each object. Lines do not depend on the order
-- in which objects were created, except where queries can see that order.
WITH
  here AS (SELECT * FROM pg_namespace WHERE nspname = current_schema()),
  relations AS (
    SELECT c.*, c.oid::regclass::text AS name FROM pg_class c JOIN here ON c.relnamespace = here.oid
  )
SELECT format('schema owner=%s acl=%s', pg_get_userbyid(nspowner),
    ARRAY(SELECT a::text FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) a ORDER BY 1))
  FROM here
UNION ALL
SELECT format('relation %s kind=%s persistence=%s owner=%s row_security=%s forced=%s replica_identity=%s options=%s partition=%s of=%s acl=%s',
    name, relkind, relpersistence, pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity, relreplident,
    ARRAY(SELECT o FROM unnest(reloptions) o ORDER BY 1), pg_get_expr(relpartbound, oid),
    ARRAY(SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = relations.oid ORDER BY 1),
    ARRAY(SELECT a::text FROM unnest(coalesce(relacl,
      acldefault((CASE relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", relowner))) a ORDER BY 1))
  FROM relations
UNION ALL
SELECT format('column %s.%s type=%s not_null=%s default=%s identity=%s generated=%s collation=%s storage=%s statistics=%s options=%s acl=%s',
    name, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity, attgenerated,
    nullif(attcollation, 0)::regcollation, attstorage, attstattarget, attoptions,
    ARRAY(SELECT a::text FROM unnest(attacl) a ORDER BY 1))
  FROM relations JOIN pg_attribute ON attrelid = relations.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('constraint %s on %s%s: %s validated=%s', conname, nullif(conrelid, 0)::regclass, nullif(contypid, 0)::regtype,
    pg_get_constraintdef(c.oid), convalidated)
  FROM pg_constraint c JOIN here ON connamespace = here.oid
UNION ALL
SELECT format('index %s valid=%s clustered=%s', pg_get_indexdef(indexrelid), indisvalid, indisclustered)
  FROM pg_index JOIN relations ON indexrelid = relations.oid
UNION ALL
SELECT format('policy %s on %s command=%s permissive=%s roles=%s using=%s check=%s', polname, polrelid::regclass, polcmd,
    polpermissive, ARRAY(SELECT CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END FROM unnest(polroles) r ORDER BY 1),
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  FROM pg_policy JOIN relations ON polrelid = relations.oid
UNION ALL
SELECT format('function %s owner=%s acl=%s', pg_get_functiondef(p.oid), pg_get_userbyid(proowner),
    ARRAY(SELECT a::text FROM unnest(coalesce(proacl, acldefault('f', proowner))) a ORDER BY 1))
  FROM pg_proc p JOIN here ON pronamespace = here.oid WHERE prokind <> 'a'
UNION ALL
SELECT format('aggregate %s', p.oid::regprocedure) FROM pg_proc p JOIN here ON pronamespace = here.oid WHERE prokind = 'a'
UNION ALL
SELECT format('trigger %s enabled=%s', pg_get_triggerdef(t.oid), tgenabled)
  FROM pg_trigger t JOIN relations ON tgrelid = relations.oid WHERE NOT tgisinternal
UNION ALL
SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM pg_rewrite r JOIN relations ON ev_class = relations.oid
UNION ALL
SELECT format('type %s kind=%s base=%s labels=%s', t.oid::regtype, typtype, nullif(typbasetype, 0)::regtype,
    ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder))
  FROM pg_type t JOIN here ON typnamespace = here.oid WHERE typtype IN ('d', 'e', 'r')
UNION ALL
SELECT format('sequence %s type=%s start=%s min=%s max=%s increment=%s cycle=%s cache=%s', seqrelid::regclass,
    seqtypid::regtype, seqstart, seqmin, seqmax, seqincrement, seqcycle, seqcache)
  FROM pg_sequence JOIN relations ON seqrelid = relations.oid
UNION ALL
SELECT format('statistics %s', pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext s JOIN here ON stxnamespace = here.oid
UNION ALL
SELECT format('default privileges of %s for %s: %s', pg_get_userbyid(defaclrole), defaclobjtype, defaclacl)
  FROM pg_default_acl JOIN here ON defaclnamespace = here.oid
UNION ALL
SELECT format('comment on %s %s: %s', i.type, i.identity, description)
  FROM pg_description, LATERAL pg_identify_object(classoid, objoid, objsubid) i
  -- Objects below this number are PostgreSQL's own.
  WHERE objoid >= 16384 AND i.schema = current_schema()
ORDER BY 1
