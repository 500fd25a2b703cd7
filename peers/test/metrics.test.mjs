// A real Prometheus scrapes a real gateway under overload, in front of a slow server, one over stdio and one that is down:
// its lint finds nothing, its numbers are the gateway's, an alert fires in it, and every query of the dashboards and every
// recording rule returns data.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { INITIALIZE, eventually, freePort, gatewayWith, here, post, start } from '../lib.mjs';

const deploy = path.join(path.dirname(here), 'deploy');
const prometheusFolder = path.join(deploy, 'prometheus');
const missing = ['prometheus', 'promtool'].filter((tool) => spawnSync(tool, ['--version']).error);
const skip = missing.length > 0 && `Debian's prometheus is missing: apt-get install prometheus`;
if (skip) console.error(`peers: left out: metrics in a real Prometheus. ${skip}`);

/** The address of docs/monitoring.md in the alerts, which deploy/README.md says to replace. */
const BASE = 'https://weir.example/docs/monitoring.md';

const promtool = (args, input) => spawnSync('promtool', args, { input, encoding: 'utf8', cwd: prometheusFolder });

describe('rules and alerts', { skip }, () => {
  test('promtool finds nothing wrong with them', () => {
    const checked = promtool(['check', 'rules', 'rules.yml', 'alerts.yml']);
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.doesNotMatch(checked.stdout + checked.stderr, /FAILED|duplicate|warning/i);
    const config = promtool(['check', 'config', 'prometheus.yml']);
    assert.equal(config.status, 0, config.stdout + config.stderr);
  });

  test('each alert fires, and stays silent', async () => {
    const files = (await readdir(path.join(prometheusFolder, 'tests'))).map((file) => path.join('tests', file));
    const tested = promtool(['test', 'rules', ...files]);
    assert.equal(tested.status, 0, tested.stdout + tested.stderr);
    const alerts = [...(await readFile(path.join(prometheusFolder, 'alerts.yml'), 'utf8')).matchAll(/- alert: (\S+)/g)].map((each) => each[1]);
    const tests = (await Promise.all(files.map((file) => readFile(path.join(prometheusFolder, file), 'utf8')))).join('\n');
    for (const alert of alerts) {
      const cases = tests.split(`alertname: ${alert}\n`).slice(1);
      assert.ok(cases.some((each) => /^\s+exp_alerts: \[\]/.test(each)), `${alert} is never silent`);
      assert.ok(cases.some((each) => /^\s+exp_alerts:\n/.test(each)), `${alert} never fires`);
    }
  });
});

describe('a gateway under overload', { skip }, () => {
  let folder;
  let server;
  let weir;
  let prometheus;
  let url;
  let stopLoad;
  let load;
  const TENANTS = ['acme', 'globex', 'initech'];
  const key = (tenant) => tenant.repeat(10);

  /** Answers calls after a while, and some not at all well. */
  function slowServer() {
    const slow = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const message = JSON.parse(Buffer.concat(chunks) || '{}');
        setTimeout(() => {
          response.writeHead(200, { 'Content-Type': 'application/json' });
          response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { content: [] } }));
        }, 150);
      });
    });
    return new Promise((resolve) => slow.listen(0, '127.0.0.1', () => resolve(slow)));
  }

  const urlOf = (upstream) => `http://127.0.0.1:${weir.port}/${upstream}/mcp`;

  /** Headers of a session of the server over stdio: it has none without. */
  const sessionOf = async (tenant) => {
    const opened = await post(urlOf('tool'), INITIALIZE, { 'X-API-Key': key(tenant) });
    await opened.text();
    return { 'X-API-Key': key(tenant), 'Mcp-Session-Id': opened.headers.get('mcp-session-id'), 'MCP-Protocol-Version': '2025-11-25' };
  };

  const callOf = (upstream, id, headers) => post(urlOf(upstream), { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo', arguments: { who: 'me' } } }, headers)
    .then((response) => response.text(), () => '');

  const query = async (expression) => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const body = await response.json();
    assert.equal(body.status, 'success', `${expression}: ${body.error}`);
    return body.data.result;
  };

  /** Every object of a JSON document, those of panels within rows and annotations included, and the title that it is under. */
  function* objectsOf(json, above = '') {
    if (json === null || typeof json !== 'object') return;
    const title = json.title ?? above;
    yield { object: json, title };
    for (const each of Object.values(json)) yield* objectsOf(each, title);
  }

  /** As Grafana writes a chosen value of a variable of many values into a query. */
  const chosen = (value) => value.replaceAll(/[\\^$*+?.()|[\]{}]/g, '\\\\$&');

  /** The queries of all dashboards: those of variables, and each of a panel for all values of the variables and for one of each. */
  async function dashboardQueries() {
    const queries = [];
    const folderOfDashboards = path.join(deploy, 'grafana/dashboards');
    for (const file of await readdir(folderOfDashboards)) {
      const dashboard = JSON.parse(await readFile(path.join(folderOfDashboards, file), 'utf8'));
      const all = {};
      const one = {};
      for (const variable of dashboard.templating.list.filter((each) => each.type === 'query')) {
        const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(variable.query.query);
        assert.equal(variable.definition, variable.query.query);
        queries.push({ where: `${file}: $${variable.name}`, expr: `count by (${label}) (${metric})`, variables: {} });
        const known = await eventually(async () => {
          const labels = (await query(`count by (${label}) (${metric})`)).map((each) => each.metric[label]);
          return labels.length > 0 && labels;
        });
        assert.ok(known, `${file}: $${variable.name} has no values`);
        all[variable.name] = variable.allValue;
        // The busy one: whoever looks at one that is down may see no durations.
        one[variable.name] = chosen(known.find((each) => each === 'slow' || TENANTS.includes(each)) ?? known[0]);
      }
      const before = queries.length;
      for (const { object: { expr, datasource }, title } of objectsOf(dashboard)) {
        const where = `${file}: ${title}`;
        if (typeof expr === 'string') queries.push({ where, expr, variables: all }, { where, expr, variables: one });
        if (datasource) assert.equal(datasource.uid, '${datasource}', where);
      }
      assert.ok(queries.length > before, `${file} has no panels`);
    }
    return queries;
  }

  /** The series of the recording rules. */
  async function recordedSeries() {
    const recorded = [...(await readFile(path.join(prometheusFolder, 'rules.yml'), 'utf8')).matchAll(/- record: (\S+)/g)].map((each) => each[1]);
    assert.ok(recorded.length > 0);
    return recorded.map((expr) => ({ where: 'rules.yml', expr, variables: {} }));
  }

  /** The queries that give no number, not even after a while. */
  async function withoutData(queries, millis) {
    const found = queries.map(async ({ where, expr, variables }) => {
      const expanded = expr
        .replaceAll('$__rate_interval', '20s')
        .replaceAll(/\$\{?(\w+)\}?/g, (_, name) => variables[name] ?? assert.fail(`${where}: $${name} is not known`))
        .replace(/ or vector\(0\)$/, ''); // For gateways without such a server; here there is one.
      const hasData = await eventually(async () => (await query(expanded)).some(({ value }) => Number.isFinite(Number(value[1]))), millis);
      return hasData ? [] : [`${where}: ${expanded}`];
    });
    return (await Promise.all(found)).flat();
  }

  const metrics = async () => (await fetch(`http://127.0.0.1:${weir.admin}/metrics`)).text();

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'weir-metrics-'));
    const keys = path.join(folder, 'keys');
    await writeFile(keys, TENANTS.map((tenant) => `${tenant}:sha256:${createHash('sha256').update(key(tenant)).digest('hex')}\n`).join(''), { mode: 0o600 });
    server = await slowServer();
    const config = path.join(folder, 'weir.yaml');
    await writeFile(config, JSON.stringify({
      upstreams: {
        slow: { url: `http://127.0.0.1:${server.address().port}/mcp`, capacity: 4, ttl_ms: 2000 },
        tool: { command: process.execPath, args: [path.join(here, 'stdio-child.mjs')] },
        dead: { url: `http://127.0.0.1:${await freePort()}/mcp` },
      },
      queue_limits: { max_messages: 20 },
      backpressure: { max_messages_per_sec: 40 },
      metrics: { max_tenants: 2 },
      tenants: { api_keys_file: keys },
    }));
    weir = await gatewayWith(['--config', config]);
    // The rules as they are, but that they look at seconds instead of minutes.
    const quick = (text) => text.replaceAll('[5m]', '[20s]').replaceAll('[1m]', '[20s]').replace(/for: \d+m/g, 'for: 3s');
    for (const file of ['rules.yml', 'alerts.yml']) {
      await writeFile(path.join(folder, file), quick(await readFile(path.join(prometheusFolder, file), 'utf8')));
    }
    const scraping = (await readFile(path.join(prometheusFolder, 'prometheus.yml'), 'utf8'))
      .replaceAll('15s', '1s').replace('127.0.0.1:9090', `127.0.0.1:${weir.admin}`);
    await writeFile(path.join(folder, 'prometheus.yml'), scraping);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    prometheus = await start(
      'prometheus',
      [`--config.file=${path.join(folder, 'prometheus.yml')}`, `--web.listen-address=127.0.0.1:${port}`, `--storage.tsdb.path=${path.join(folder, 'data')}`],
      { ready: /Server is ready to receive web requests/, cwd: folder },
    );
    // The gateway counts durations from the first scrape on.
    assert.ok(await eventually(async () => (await query('weir_offered_messages_total')).length > 0));
    let going = true;
    stopLoad = () => { going = false; };
    const client = async (upstream, headers, first) => {
      for (let id = first; going; id++) {
        await callOf(upstream, id, headers);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const clients = [];
    for (const tenant of TENANTS) {
      const headers = { 'X-API-Key': key(tenant) };
      for (let i = 0; i < 12; i++) clients.push(client('slow', headers, 1_000_000 * i));
      clients.push(client('dead', headers, 12_000_000));
      clients.push(client('tool', await sessionOf(tenant), 13_000_000));
    }
    load = Promise.all(clients);
  });

  after(async () => {
    stopLoad?.();
    await load;
    await prometheus?.stop();
    await weir?.stop();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('promtool finds nothing wrong with the metrics', async () => {
    await eventually(async () => (await metrics()).includes('weir_rejected_messages_total{'));
    const text = await metrics();
    const checked = promtool(['check', 'metrics'], text);
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.equal(checked.stdout + checked.stderr, '');
  });

  test('tenants beyond the bound are one', async () => {
    const named = await eventually(async () => {
      const found = new Set([...(await metrics()).matchAll(/weir_tenant_offered_messages_total\{tenant="([^"]+)"/g)].map((each) => each[1]));
      return found.size === 3 && found;
    });
    assert.equal(named.size, 3);
    assert.ok(named.has('other'));
    assert.equal([...named].filter((each) => TENANTS.includes(each)).length, 2);
  });

  test('the alert on rejections fires in Prometheus', { timeout: 120_000 }, async () => {
    const alert = await eventually(async () => {
      const { data } = await (await fetch(`${url}/api/v1/alerts`)).json();
      return data.alerts.find((each) => each.labels.alertname === 'WeirRejecting' && each.state === 'firing');
    }, 90_000);
    assert.ok(alert, 'WeirRejecting has not fired');
    assert.equal(alert.annotations.runbook_url, `${BASE}#weirrejecting`);
    const { data } = await (await fetch(`${url}/api/v1/alerts`)).json();
    assert.equal(data.alerts.find((each) => each.labels.alertname === 'WeirDown'), undefined);
  });

  test('every query of the dashboards returns data', { timeout: 120_000 }, async () => {
    const queries = await dashboardQueries();
    assert.ok(queries.length > 50, `${queries.length} queries`);
    assert.deepEqual(await withoutData([...queries, ...await recordedSeries()], 15_000), []);
    // What the circuit's panel is for.
    const circuits = await query('max by (upstream, state) (weir_upstream_circuit_state) == 1');
    assert.deepEqual(circuits.map(({ metric }) => `${metric.upstream} ${metric.state}`).filter((each) => !/^dead (open|half_open)$/.test(each)).sort(), ['slow closed', 'tool closed']);
  });

  test('a query of a metric, a label or a rule that does not exist is found', { timeout: 60_000 }, async () => {
    const broken = [
      'sum(rate(weir_ofered_messages_total{instance=~"$instance"}[$__rate_interval]))',
      'sum(weir_tenant_pending_messages{tennant=~"$tenant"})',
      'sum(weir_childs{instance=~"$instance"}) or vector(0)',
      'job_instance:weir_refused_messages:rate5m',
      'weir_tenants * 0 / 0',
    ];
    const variables = { instance: '.*', tenant: 'acme' };
    const found = await withoutData(broken.map((expr) => ({ where: 'broken', expr, variables })), 1_000);
    assert.equal(found.length, broken.length, found.join('\n'));
  });

  test('what Prometheus has is what the gateway says, and what clients sent', { timeout: 60_000 }, async () => {
    stopLoad();
    await load;
    const stats = await eventually(async () => {
      const said = await (await fetch(`http://127.0.0.1:${weir.admin}/stats`)).json();
      const { flow } = said.global;
      return flow.queued.messages + flow.in_flight.messages === 0 && said;
    });
    const { flow } = stats.global;
    const expected = {
      weir_offered_messages_total: flow.offered.messages,
      weir_offered_bytes_total: flow.offered.bytes,
      'sum(weir_rejected_messages_total)': flow.refused.messages + flow.shed.messages,
      'sum(weir_rejected_messages_total{action="shed"}) or vector(0)': flow.shed.messages,
      'weir_ended_messages_total{outcome="completed"}': flow.completed.messages,
      'weir_ended_messages_total{outcome="expired"}': flow.expired.messages,
      'sum(weir_tenant_offered_messages_total)': flow.offered.messages,
      'sum(weir_upstream_queue_wait_seconds_count)': stats.queues.reduce((sum, each) => sum + each.dispatched, 0),
    };
    assert.ok(flow.refused.messages + flow.shed.messages > 100);
    assert.equal(flow.offered.messages, flow.refused.messages + flow.shed.messages + flow.admitted.messages);
    for (const [expression, value] of Object.entries(expected)) {
      const shown = await eventually(async () => {
        const [sample] = await query(expression);
        return sample && Number(sample.value[1]) === value && sample;
      }, 10_000);
      assert.ok(shown, `${expression} is not ${value} but ${JSON.stringify(await query(expression))}`);
    }
  });
});
