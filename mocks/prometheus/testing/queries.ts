/** The queries on which the mock and a real Prometheus must agree. */

/** Of every kind that operators use; each is asked at one instant and, where its type allows, over a range. */
export const validQueries = `
1
-1 ^ 2
2 ^ 3 ^ 2
1 + 2 * 3 - 4 / 5 % 3
0x1F + 1e3 - .5
-7 % 3
1 / 0
-1 / 0
0 / 0
Inf
-inf
NaN
1 > bool 2
2 == bool 2
7 atan2 2
"a string"
'single \\' quoted'
time()
pi()
vector(3)
vector(time())
scalar(gpu_utilization{node="node-a",gpu="0"})
scalar(gpu_utilization)
nothing
gpu_utilization
gpu_utilization{node="node-a"}
gpu_utilization{node!="node-a"}
gpu_utilization{node=~"node-(a|b)",gpu="1"}
gpu_utilization{node=~"node-a|node-c"}
gpu_utilization{node!~"node-[ab]"}
gpu_utilization{node=~".+",missing=""}
gpu_utilization{missing!=""}
gpu_utilization{missing=~"|x"}
{__name__=~"gpu_.*",node="node-b"}
{__name__="up"}
{job="kube",zone=~"(?i)EAST"}
http_requests_total{route="/slow.path"}
http_requests_total{route=~"/slow\\\\.path"}
http_requests_total{route=~"/[[:alpha:]]+"}
odd
infinite
gpu_utilization offset 5m
gpu_utilization offset -5m
gpu_utilization offset 1h30m
gpu_utilization @ 1700001234.567
gpu_utilization @ start()
gpu_utilization @ end()
gpu_utilization @ end() offset 10m
gpu_utilization offset 10m @ 1700004000
odd{kind="gappy"}
odd{kind="early"} offset 1m
gpu_utilization[1m]
gpu_utilization{gpu="0"}[61s] offset 3m
gpu_utilization{gpu="0"}[1m] @ 1700003000
odd{kind="gappy"}[10m]
gpu_utilization{gpu="0"}[3m:1m]
gpu_utilization{gpu="0"}[3m:]
gpu_utilization{gpu="0"}[3m:37s] offset 1m
sum(gpu_utilization)[5m:30s]
rate(http_requests_total[5m])[5m:1m]
rate(http_requests_total[5m])
rate(http_requests_total[1m])
rate(http_requests_total[15s])
rate(http_requests_total[7m13s])
rate(http_requests_total[5m] offset 17m)
rate(http_requests_total[5m] @ 1700003333)
rate(http_requests_total[30m] @ end())
increase(http_requests_total[5m])
increase(http_requests_total[1h])
increase(from_zero_total[5m])
rate(from_zero_total[30m])
irate(http_requests_total[5m])
irate(http_requests_total[20s])
delta(gpu_utilization[5m])
delta(odd[10m])
idelta(gpu_utilization[5m])
deriv(gpu_utilization[10m])
deriv(odd{kind!="huge"}[10m])
predict_linear(gpu_memory_used_bytes[30m], 3600)
predict_linear(gpu_utilization[10m], -600)
changes(up[10m])
changes(odd[10m])
resets(http_requests_total[1h])
resets(gpu_utilization[10m])
rate(odd{kind="gappy"}[10m])
increase(odd{kind="late"}[20m])
sum_over_time(gpu_utilization[5m])
avg_over_time(gpu_utilization[5m])
avg_over_time(infinite[5m])
min_over_time(odd[5m])
max_over_time(odd[5m])
count_over_time(odd[5m])
stddev_over_time(gpu_utilization[5m])
stdvar_over_time(odd{kind!="huge"}[5m])
quantile_over_time(0.9, gpu_utilization[10m])
quantile_over_time(0.5, odd[10m])
quantile_over_time(1.5, gpu_utilization[1m])
quantile_over_time(scalar(up{instance="node-b:9400"}), gpu_utilization[10m])
last_over_time(odd[20m])
last_over_time(gpu_utilization[5m] offset 5m)
present_over_time(odd[3m])
absent(nothing)
absent(nothing{a="b",c=~"d",e="f",e="g"})
absent(gpu_utilization)
absent(odd{kind="gappy"})
absent(sum(nothing{a="b"}))
absent_over_time(nothing{a="b"}[5m])
absent_over_time(odd{kind="gappy"}[3m])
absent_over_time(gpu_utilization[5m])
max_over_time(rate(http_requests_total[5m])[30m:1m])
avg_over_time(sum by (node) (gpu_utilization)[10m:45s])
min_over_time(gpu_utilization[10m:1m] offset 5m)
max_over_time(gpu_utilization[10m:1m] @ 1700003600)
sum_over_time(odd{kind="gappy"}[10m:15s])
sum_over_time(max_over_time(gpu_utilization[1m])[5m:1m])
rate(gpu_energy_joules_total[5m:30s])
count_over_time(vector(1)[5m:1m])
sum(gpu_utilization)
sum by (node) (gpu_utilization)
sum(gpu_utilization) by (node, gpu)
sum without (gpu, node) (gpu_utilization)
sum by (missing) (gpu_utilization)
sum by (__name__) ({__name__=~"gpu_.*"})
sum by () (gpu_utilization)
avg by (model) (gpu_utilization)
avg(infinite)
min by (model) (gpu_utilization)
max by (model) (gpu_utilization)
min(odd)
max(odd)
count by (node) (gpu_utilization)
count(odd)
group by (node) (gpu_utilization)
stddev by (model) (gpu_utilization)
stdvar(gpu_utilization)
topk(2, gpu_utilization)
topk(1, gpu_utilization) by (node)
topk by (model) (1, gpu_utilization)
topk(0, gpu_utilization)
topk(-1, gpu_utilization)
topk(100, gpu_utilization)
bottomk(3, gpu_utilization)
bottomk(1, odd)
topk(scalar(count(node_info)), gpu_utilization)
quantile(0.5, gpu_utilization)
quantile by (model) (0.95, gpu_utilization)
quantile(-1, gpu_utilization)
quantile(NaN, gpu_utilization)
count_values("value", up)
count_values by (job) ("n", pair)
count_values("v", odd{kind=~"tiny|huge|constant"})
gpu_utilization + 1
1 - gpu_utilization
gpu_utilization * gpu_utilization
gpu_utilization / 0
gpu_utilization % 7
gpu_utilization ^ 2
odd ^ 0.5
gpu_utilization atan2 gpu_memory_used_bytes
gpu_utilization > 50
50 < gpu_utilization
gpu_utilization > bool 50
gpu_utilization == gpu_utilization
gpu_utilization != bool on (node, gpu) gpu_memory_used_bytes
gpu_utilization > gpu_utilization offset 5m
gpu_memory_used_bytes / on (node, gpu) gpu_utilization
gpu_memory_used_bytes > on (node, gpu) gpu_utilization
gpu_memory_used_bytes / ignoring (gpu) group_left node_info
gpu_utilization * on (node) group_left (zone) node_info
node_info * on (node) group_right (zone) gpu_utilization
gpu_utilization > on (node) group_left (zone) node_info
-gpu_utilization offset 5m
-gpu_utilization @ 1700003333
- - gpu_utilization offset 1m
gpu_utilization - gpu_utilization offset 5m
gpu_utilization - gpu_utilization offset 5m * 2
gpu_utilization and gpu_utilization offset 5m > 60
gpu_utilization * 2 ^ gpu_utilization offset 5m ^ 0
2 * gpu_utilization @ 1700003333 + 1
gpu_utilization * on (node) group_left (zone) node_info offset 1m / 2
gpu_utilization + gpu_utilization * 2 - -gpu_utilization / 3
1 - 2 - 3 ^ -1 ^ 2
gpu_utilization > 30 and gpu_utilization < 70 or node_info unless up
gpu_utilization == gpu_utilization > 50
gpu_utilization + on (node) group_left (missing, model) node_info
sum by (zone) (gpu_utilization * on (node) group_left (zone) node_info)
same_a + same_b
same_a + ignoring (x) same_b
same_a == bool same_b
pair and on (x) same_a
pair unless on (x) same_a
pair or same_a
same_a or same_b
same_a and same_b
odd{kind="gappy"} or odd{kind="late"} or vector(1)
odd and gpu_utilization
gpu_utilization unless gpu_utilization > 50
up == 0 or on (instance) up == 1
nothing or vector(0)
nothing + gpu_utilization
-gpu_utilization
+gpu_utilization
-(odd)
-sum(gpu_utilization) ^ 2
(gpu_utilization > 20) < 60
histogram_quantile(0.9, rate(latency_seconds_bucket[5m]))
histogram_quantile(0.5, sum by (le) (rate(latency_seconds_bucket[10m])))
histogram_quantile(0.99, latency_seconds_bucket)
histogram_quantile(-1, latency_seconds_bucket)
histogram_quantile(2, latency_seconds_bucket)
histogram_quantile(0.5, latency_seconds_bucket{le!="+Inf"})
histogram_quantile(0.5, gpu_utilization)
histogram_quantile(0.9, sum by (route, le) (increase(latency_seconds_bucket[20m])))
rate(latency_seconds_sum[5m]) / rate(latency_seconds_count[5m])
label_replace(gpu_utilization, "short", "$1", "node", "node-(.*)")
label_replace(gpu_utilization, "short", "\${letter}-x$$", "node", "node-(?P<letter>.*)")
label_replace(gpu_utilization{gpu="0"}, "gpu", "", "node", ".*")
label_replace(gpu_utilization, "new", "fixed", "missing", "")
label_replace(gpu_utilization, "node", "$1", "node", "nomatch(.*)")
label_replace(vector(1), "a", "b", "", "")
label_join(gpu_utilization, "both", "/", "node", "gpu")
label_join(gpu_utilization{gpu="0"}, "gpu", "-", "missing")
label_join(gpu_utilization, "empty", "+")
sort(gpu_utilization)
sort_desc(gpu_utilization)
sort(odd)
sort_desc(odd)
abs(odd)
ceil(gpu_utilization)
floor(gpu_utilization)
round(gpu_utilization)
round(gpu_utilization, 5)
round(odd, 0.25)
clamp(gpu_utilization, 40, 60)
clamp(gpu_utilization, 60, 40)
clamp_min(gpu_utilization, 45)
clamp_max(odd, 4)
exp(gpu_utilization / 10)
ln(gpu_utilization)
ln(odd)
log2(gpu_utilization)
log10(gpu_utilization)
sqrt(odd)
sgn(odd)
sin(gpu_utilization)
deg(rad(gpu_utilization))
timestamp(gpu_utilization)
timestamp(gpu_utilization offset 5m)
timestamp(odd{kind="gappy"})
timestamp(gpu_utilization + 0)
timestamp(gpu_utilization @ 1700003333)
time() - timestamp(up)
day_of_week()
day_of_month(vector(1709251199))
day_of_year(vector(1735603200))
days_in_month(vector(1707000000))
hour()
minute()
month(vector(0))
year(vector(-1))
hour(gpu_memory_used_bytes)
100 * (1 - avg by (model) (gpu_utilization) / 100)
sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) * 100
topk(3, sum by (route) (rate(http_requests_total[5m])))
count(up == 1) / count(up)
sum by (node) (gpu_memory_used_bytes) / 1024 ^ 3
avg_over_time(gpu_utilization[30m]) > 50 and on (node, gpu) gpu_memory_used_bytes > 6e9
(up == 0) * on (instance) group_left (job) up # a comment
gpu_utilization unless on (node) (up == 0)
sum(gpu_utilization) > bool scalar(sum(nothing))
SUM(gpu_utilization) BY (node)
Sum without(gpu)(gpu_utilization)
gpu_utilization AND up OR node_info
gpu_utilization OFFSET 5m
gpu_utilization > BOOL 50
gpu_utilization{node="node-a",}
sum by (node,) (gpu_utilization)
sum by (on, bool, by, offset, sum) (gpu_utilization)
up{on="",by="",sum="",bool="",offset=""}
offset_total + sum + avg
sum
sum{a="b"} or avg
rate (http_requests_total [ 5m ] )
gpu_utilization+-gpu_utilization
gpu_utilization - - gpu_utilization
5. + .5 + 1e+3 + 1E-2 + 0X1f + 017
INF + inf - Inf
nan
gpu_utilization{node=~`node-\\w`}
gpu_utilization{node=~'node-\\\\d|node-a'}
gpu_utilization{node="n\\u006fde-a"}
gpu_utilization{node="\\x6eode-a"}
gpu_utilization{node!~""}
gpu_utilization{node=~""}
gpu_utilization{node=~"^node-a$"}
gpu_utilization{node=~"node-a|"}
gpu_utilization{node=~"(?P<x>node)-(?:a|b)"}
gpu_utilization{node=~"NODE-A"}
gpu_utilization{node=~"(?i:NODE)-a"}
gpu_utilization{node=~"node-[^a]"}
gpu_utilization{node=~"node-\\\\x61"}
gpu_utilization{node=~"node.{2}"}
gpu_utilization{node=~"n+ode-a+?"}
{__name__!="",job="kube"}
{__name__=~"up|node_info"}
sum_over_time(vector(1)[10m:1m])
avg_over_time((gpu_utilization > 50)[10m:1m])
rate(http_requests_total[1d])
increase(http_requests_total[1w])
http_requests_total:missing:rule
sum by (code) (rate(http_requests_total[5m])) or vector(0)
sum(up) by (job) unless on () vector(1)
count(gpu_utilization > 1000)
sum(nothing)
topk(2, nothing)
max_over_time(odd{kind="nan"}[1m])
odd{kind="nan"} > 0
odd{kind="nan"} == odd{kind="nan"}
odd{kind="nan"} != odd{kind="nan"}
topk(3, odd{kind!="constant"})
bottomk(3, odd{kind!="constant"})
quantile(0.5, odd)
stddev(odd{kind!="huge"})
sum(infinite)
count_values("v", infinite == Inf)
gpu_utilization % -7
-gpu_utilization % 7
gpu_utilization ^ -1
0 ^ 0
1 ^ NaN
-1 ^ Inf
(-1) ^ Inf
(-8) ^ (1 / 3)
clamp_max(infinite, 100)
round(-2.5)
round(vector(2.5))
round(vector(-2.5))
floor(vector(-0.5))
ceil(vector(-0.5))
vector(-0)
vector(1e-7)
vector(123456789012345678901234567890)
vector(0.1 + 0.2)
absent(vector(1))
absent_over_time(gpu_utilization{node="node-a"}[5m] offset 3h)
scalar(vector(1)) + 1
time() % 86400 / 3600
timestamp(timestamp(up))
timestamp((up))
deriv(odd{kind="constant"}[5m])
predict_linear(odd{kind="constant"}[5m], 100)
irate(odd{kind="gappy"}[15m])
rate(odd{kind="constant"}[5m])
changes(odd{kind="nan"}[5m])
resets(odd{kind="negative"}[10m])
increase(odd{kind="negative"}[10m])
delta(odd{kind="negative"}[10m])
histogram_quantile(0.9, sum(rate(latency_seconds_bucket[5m])) by (le, route)) > 0.5
histogram_quantile(scalar(up{instance="node-b:9400"}), latency_seconds_bucket)
label_replace(up, "host", "${1}", "instance", "([^:]+):.*")
label_replace(label_replace(up, "host", "$1", "instance", "([^:]+):.*"), "instance", "", "", "")
label_replace(up, "__name__", "down", "", "")
label_join(up, "__name__", "_", "job", "instance")
sum by (host) (label_replace(up, "host", "$1", "instance", "(.*):.*"))
gpu_utilization * on (node, gpu) group_left () gpu_memory_used_bytes
gpu_utilization * ignoring () gpu_utilization
gpu_utilization * on () group_left () sum(node_info)
sum(node_info) * on () group_right () gpu_utilization
gpu_utilization > on (node) group_left () node_info * 50
pair * on (x) group_left () same_a
pair == ignoring (y) group_left () same_a
`
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '')

/** Refused by both, with the same status, error type and, where one is given, position. */
export const invalidQueries = [
  '',
  '   ',
  ...`
foo bar
nosuch(foo)
sum(
foo{a=
foo{a=b}
foo{a="b" c="d"}
foo{a}
foo{="x"}
foo{a="b"
rate(x[5m)
rate(x)
rate(x[5m]
x[5m
x[
(
foo)
foo}
foo]
foo[5x]
x[5m1h]
foo[0s]
foo[5m:0s]
foo[-5m]
foo[5]
foo[5m] [5m]
sum by a (foo)
sum by (a b) (foo)
sum(foo) by (a
sum by ("a") (foo)
1 +
1 ** 2
* foo
foo == 
foo and
foo{a="x
foo offset
foo offset x
foo offset 5
foo offset 5m offset 5m
foo $ bar
a on b
foo @ bar
foo @
foo @ 5 [5m]
foo offset 5m [5m]
foo[5m:1m] @ 5 @ 6
sum(foo) offset 5m
sum(foo) @ 5a=~".*"a=""
foo__name__="bar"
fooa=~"("
fooa=~"["
fooa=~"*"
fooa=~"a**"
fooa=~"(?=x)"
fooa=~"(a)\\\\1"
fooa="\\q"
fooa==""
fooa!""
topk(foo)
topk(1,2,foo)
sum()
sum(foo, bar)
sum(1)
sum(foo[5m])
abs()
abs(foo, foo)
abs(foo,)
abs("x")
round(foo, 1, 2)
label_join(foo)
clamp(foo, 1)
time(1)
scalar(1)
vector(foo)
rate(foo)
rate(sum(foo))
histogram_quantile(foo, 0.9)
quantile_over_time(0.5, foo)
1 == 1
1 and 2
foo and 1
foo + "a"
"a" + 1
-"a"
-foo[5m]
foo + bar[5m]
foo + bar[5m:1m]
-foo[5m:1m]
foo + (bar) offset 5m
foo[5m] + 1
foo + on(a) 1
foo and on(a) group_left bar
foo + bool bar
foo * on(a) group_left(a) bar
quantile("x", foo)
topk(foo, foo)
count_values(1, foo)
"abc"[5m:1m]
1[5m:1m]
foo[5m][5m:1m]
sum(foo)[5m]
foo,bar
foo;
foo & bar
sum sum(foo)
by (a) sum(foo)
fooa="b",,c="d"
upa="b"
up +\n  * up
rate(up)[5m:1m] +
sum by (x) (rate(up[5m]))) + 1
upinstance=~"a{2,1}"
upinstance=~"\\\\8"
upinstance=~"a)"
upinstance=~"[z-a]"
upinstance=~"(?<!a)b"
upinstance=~"a{1001}"
"unfinished
'unfinished
`unfinished
up[5m:1m:1m]
up[:1m]
up[]
up[5m,1m]
up @ -
up @ start
up @ start(
up offset -
up{} {}
up{}{}
up[5m]{}
up up up
1 2
1a
1.2.3
0x
up - 
up ! up
up =~ up
up = up
up == == up
up on (a) up
up + on up
up + on (a up
up + on (a) group_left( up
up + group_left up
up + bool up
up and bool up
up or ignoring (a) group_right up
sum by up
sum by (
sum by
sum(up) by
sum without () by () (up)
sum(up)(up)
topk(up, 1)
quantile(up)
count_values("a", 1)
rate(5m)
rate("a")
sort(1)
absent("a")
label_replace(up, a, "b", "c", "d")
label_replace(up, "a", "b", "c")
label_replace("a", up, "b", "c", "d")
round()
round(up, up)
day_of_week(1)
minute(up[5m])
holt_winters(up)
scalar(up[5m])
vector("1")
timestamp(1)
time() + "x"
(up
((up)
up))
()
(,)
sum(,)
abs(,up)
up{,}
up{a="b",,}
up{a="b"}}
{a="b"
{"a"="b"}
{a=b}
{1a="b"}
up{1a="b"}
$
@
@ 5
offset 5m
[5m]
bool
by
on
ignoring(a)
group_left
up 🙂
gpu_utilization * on (model) gpu_memory_used_bytes
gpu_utilization * on (model) group_left gpu_memory_used_bytes
gpu_utilization * on (node) node_info
gpu_utilization * on (node) group_left (job) node_info + on (job) up
node_info + on (job) group_right up
label_replace(gpu_utilization, "1x", "$1", "node", ".*")
label_replace(gpu_utilization, "x", "$1", "node", "(")
label_replace(gpu_utilization, "node", "same", "gpu", ".*")
label_join(gpu_utilization, "9", "-", "node")
label_join(gpu_utilization, "x", "-", "1")
label_join(pair, "y", "-", "x")
count_values("1x", gpu_utilization)
rate({__name__=~"same_a|same_b"}[5m])
abs({__name__=~"same_a|same_b"})
-{__name__=~"same_a|same_b"}
sum_over_time({__name__=~"same_a|same_b"}[5m])
`
    .split('\n')
    .slice(1, -1),
]

/** Requests whose parameters both refuse, as path and query string. */
export const invalidRequests = [
  'query?query=1&time=abc',
  'query?query=1&timeout=x',
  'query_range?query=1&start=1&end=100&step=0',
  'query_range?query=1&start=1&end=100&step=-1',
  'query_range?query=1&start=1&end=100&step=x',
  'query_range?query=1&start=100&end=1&step=1',
  'query_range?query=1&start=1&end=100000&step=1',
  'query_range?query=up[5m]&start=1&end=100&step=1',
  'query_range?query="a"&start=1&end=100&step=1',
  'query_range?query=1&end=100&step=1',
  'query_range?query=1&start=1&step=1',
  'query_range?query=1&start=1&end=100',
  'query_range?query=up%20up&start=1&end=3&step=1',
  'series',
  'series?match[]=up(',
  'series?match[]={}',
  'label/1a/values',
  'labels?start=abc',
  'format_query?query=up%20up',
  'format_query',
]

/** Requests that both answer alike, values and order included. */
export const plainRequests = [
  'labels',
  'labels?match[]=up',
  'label/node/values',
  'label/__name__/values',
  'label/missing/values',
  'label/node/values?match[]=gpu_utilization{model="L40S"}',
  'series?match[]=up',
  'series?match[]={job=~"dcgm|kube"}&match[]=up',
  'format_query?query=up/up',
  'format_query?query=-sum(rate(up[5m:1m]%20offset%201m))*(1%2B2)',
  'format_query?query=label_replace(rate(http_requests_total{route="/chat",code=~"5.."}[5m]),"short","$1","route","/(.*)")%20%2B%20vector(1)',
  'query?query=up&time=2023-11-14T22:20:20Z',
  'query?query=up&time=2023-11-14T23:20:20.5%2B01:00',
]
