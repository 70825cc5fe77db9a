-- Customers with their WeCom identity (same number), unionids, relations, tags.
INSERT INTO customers_customer (id, uid, kind, name, avatar, gender, company_name, created_at)
SELECT n,
       (lpad(to_hex((extract(epoch FROM bench.added_at(n)) * 1000)::bigint), 12, '0') || '7'
        || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid,
       CASE WHEN bench.u(n, 10) < 0.97 THEN 1 ELSE 2 END,
       (ARRAY['李','王','张','刘','陈','杨','赵','黄','周','吴','徐','孙','胡','朱','高','林'])
           [1 + bench.skewed(n, 11, 16)]
       || (ARRAY['小','晓','子','思','雨','欣','明','建','文','志','海','一','佳','梦','若','宇'])
           [1 + bench.skewed(n, 12, 16)]
       || (ARRAY['涵','琪','轩','怡','豪','萱','杰','婷','辰','芳','伟','娜','洋','静','强','敏'])
           [1 + bench.skewed(n, 13, 16)],
       'https://wx.qlogo.example/' || substr(hash, 1, 16),
       floor(3 * bench.u(n, 14))::int,
       CASE WHEN bench.u(n, 10) < 0.97 THEN '' ELSE '示例公司' || n %% 500 END,
       bench.added_at(n)
  FROM (SELECT n, md5('customer:%(seed)s:' || n::text) AS hash
          FROM generate_series(1, %(customers)s::bigint) AS n) AS person;

INSERT INTO customers_identity (id, namespace, value, customer_id, source, created_at)
SELECT n, 'wecom:' || (SELECT corp_id FROM wecom_corp),
       'wm' || left(md5('external:%(seed)s:' || n::text), 30),
       n, 'callback', bench.added_at(n)
  FROM generate_series(1, %(customers)s::bigint) AS n;

-- A third has shown a unionid.
INSERT INTO customers_identity (id, namespace, value, customer_id, source, created_at)
SELECT %(customers)s + row_number() OVER (ORDER BY n), 'unionid',
       'oz' || left(md5('unionid:%(seed)s:' || n::text), 26), n, 'sync',
       bench.added_at(n) + interval '5 seconds'
  FROM generate_series(1, %(customers)s::bigint) AS n WHERE bench.u(n, 15) < 0.33;

INSERT INTO customers_identityedge (low_id, high_id, state, rule, source, created_at, applied_at)
SELECT customer_id, id, 'active', 'same_unionid', 'sync', created_at, created_at
  FROM customers_identity WHERE namespace = 'unionid' ORDER BY id;

-- Relations: the owner follows everybody, a tenth has a second friend among the staff.
INSERT INTO customers_follow (
    staff_id, identity_id, status, is_listed, added_at, remark, description, remark_company,
    mobiles_digest, state, add_way, oper_userid, synced_at)
SELECT bench.owner_of(n), n, 'friend', true, bench.added_at(n),
       CASE WHEN bench.u(n, 16) < 0.4 THEN '客户' || n ELSE '' END, '', '', '',
       'code' || bench.skewed(n, 17, 46), (ARRAY[1, 16, 10, 3, 2])[1 + bench.skewed(n, 18, 5)], '',
       bench.added_at(n)
  FROM generate_series(1, %(customers)s::bigint) AS n;

INSERT INTO customers_follow (
    staff_id, identity_id, status, is_listed, added_at, remark, description, remark_company,
    mobiles_digest, state, add_way, oper_userid, synced_at)
SELECT 1 + bench.owner_of(n) %% %(staff)s, n, 'friend', true,
       bench.added_at(n) + interval '3 days', '', '', '', '', '', 1, '', bench.added_at(n)
  FROM generate_series(1, %(customers)s::bigint) AS n
 WHERE bench.u(n, 19) < 0.1 AND %(staff)s > 1;

-- Two tags a relation on average, few of them common.
INSERT INTO customers_tagassignment (identity_id, follow_id, tag_id, source, reason, assigned_at)
SELECT DISTINCT ON (follow.id, 1 + bench.skewed(follow.id * 4 + k, 20, tags.count))
       follow.identity_id, follow.id, 1 + bench.skewed(follow.id * 4 + k, 20, tags.count),
       'sync', '', follow.added_at + interval '1 minute'
  FROM customers_follow follow
 CROSS JOIN generate_series(0, 3) AS k
 CROSS JOIN (SELECT count(*) FROM customers_tag) AS tags
 WHERE bench.u(follow.id * 4 + k, 21) < 0.55;
