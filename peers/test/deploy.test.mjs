// What a Grafana and a Prometheus read of deploy/ is valid, and its parts agree: paths, addresses, uids. No Grafana is
// started: Debian has no package of it. The command of Prometheus runs as it is written, where there is one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { here, start } from '../lib.mjs';

const deploy = path.join(path.dirname(here), 'deploy');
const read = (file) => readFile(path.join(deploy, file), 'utf8');
const missing = ['prometheus', 'promtool'].filter((tool) => spawnSync(tool, ['--version']).error);
const skip = missing.length > 0 && `Debian's prometheus is missing: apt-get install prometheus`;

/** The commands of deploy/README.md. */
let commands;
let folder;

before(async () => {
  const readme = await read('README.md');
  commands = [...readme.matchAll(/```(?:sh)?\n(.*?)```/gs)].flatMap((block) => block[1].trim().split('\n'));
  folder = await mkdtemp(path.join(os.tmpdir(), 'weir-deploy-'));
  await cp(deploy, path.join(folder, 'deploy'), { recursive: true });
});

after(() => rm(folder, { recursive: true, force: true }));

const command = (word) => {
  const found = commands.filter((each) => each.includes(word));
  assert.equal(found.length, 1, `${word}: ${found.length} commands`);
  return found[0];
};

test('each command of the README is one that a test knows', () => {
  const known = ['prometheus --config.file', 'grafana server', 'sed -i'];
  assert.deepEqual(commands.map((each) => known.findIndex((word) => each.includes(word))).sort(), [0, 1, 2]);
});

test('Grafana finds the dashboards and the data source', async () => {
  const [, provisioning] = /cfg:default\.paths\.provisioning=\$PWD\/(\S+)/.exec(command('grafana server'));
  assert.match(command('grafana server'), /^WEIR_DEPLOY=\$PWD /);
  // The folders that Grafana looks for below the one of the provisioning; it reads *.yml and *.yaml there.
  assert.deepEqual((await readdir(path.join(deploy, provisioning))).sort(), ['dashboards', 'datasources']);

  const provided = [];
  for (const file of await readdir(path.join(deploy, provisioning, 'dashboards'))) {
    assert.match(file, /\.ya?ml$/);
    const { apiVersion, providers } = parse(await read(path.join(provisioning, 'dashboards', file)));
    assert.equal(apiVersion, 1);
    for (const { name, type, options } of providers) {
      assert.ok(name);
      assert.equal(type, 'file');
      provided.push(options.path);
    }
  }
  assert.deepEqual(provided, ['${WEIR_DEPLOY}/grafana/dashboards']);
  const dashboards = await Promise.all((await readdir(path.join(deploy, 'grafana/dashboards')))
    .map(async (file) => ({ file, ...JSON.parse(await read(`grafana/dashboards/${file}`)) })));
  for (const { file, uid, title } of dashboards) assert.equal(`${uid}.json`, file, title);
  const readme = await read('README.md');
  const titles = [...readme.matchAll(/"(Weir: \w+)"/g)].map((each) => each[1]);
  assert.deepEqual(dashboards.map((each) => each.title).sort(), titles.sort());

  const sources = [];
  for (const file of await readdir(path.join(deploy, provisioning, 'datasources'))) {
    const { apiVersion, datasources } = parse(await read(path.join(provisioning, 'datasources', file)));
    assert.equal(apiVersion, 1);
    sources.push(...datasources);
  }
  assert.deepEqual(sources.map(({ type, isDefault }) => ({ type, isDefault })), [{ type: 'prometheus', isDefault: true }]);
  const [, listens] = /--web\.listen-address=(\S+)/.exec(command('prometheus --config.file'));
  assert.equal(sources[0].url, `http://${listens}`);
  for (const { file, templating, panels, tags, links } of dashboards) {
    // Whichever data source of this type is the default one; imported by hand, it can be chosen.
    const chosen = templating.list.filter((each) => each.type === 'datasource');
    assert.deepEqual(chosen.map((each) => [each.name, each.query]), [['datasource', sources[0].type]], file);
    const names = new Set(['__rate_interval', ...templating.list.map((each) => each.name)]);
    for (const [, name] of JSON.stringify(panels).matchAll(/\$\{?(\w+)\}?/g)) assert.ok(names.has(name), `${file}: $${name}`);
    for (const link of links) assert.ok(link.tags.every((tag) => tags.includes(tag)), file);
    const ids = panels.map((each) => each.id).filter((id) => id !== undefined);
    assert.equal(new Set(ids).size, ids.length, `${file}: a panel's id is there twice`);
  }
});

test('all alerts lead to runbooks at one address, and the command of the README puts another there', async () => {
  const rules = (text) => parse(text).groups.flatMap((group) => group.rules);
  const before = rules(await read('prometheus/alerts.yml'));
  assert.ok(before.length > 5);
  const base = 'https://weir.example/docs/monitoring.md';
  for (const { alert, annotations } of before) {
    assert.deepEqual(Object.keys(annotations).sort(), ['runbook_url', 'summary'], alert);
    assert.equal(annotations.runbook_url, `${base}#${alert.toLowerCase()}`);
  }

  const changed = spawnSync('bash', ['-c', command('sed -i')], { cwd: path.join(folder, 'deploy'), encoding: 'utf8' });

  assert.equal(changed.status, 0, changed.stderr);
  const text = await readFile(path.join(folder, 'deploy/prometheus/alerts.yml'), 'utf8');
  for (const { alert, annotations } of rules(text)) {
    assert.equal(annotations.runbook_url, `https://wiki.internal/weir/monitoring#${alert.toLowerCase()}`);
  }
  assert.doesNotMatch(text, /weir\.example/);
  if (!skip) {
    const tested = spawnSync('promtool', ['test', 'rules', 'tests/alerts.yml'], { cwd: path.join(folder, 'deploy/prometheus'), encoding: 'utf8' });
    assert.equal(tested.status, 0, tested.stdout + tested.stderr);
  }
});

test('Prometheus starts with the command of the README', { skip }, async () => {
  const [program, ...args] = command('prometheus --config.file').split(' ').map((word) => word
    .replace(/^--web\.listen-address=.*/, '--web.listen-address=127.0.0.1:0')
    .replace(/^--storage\.tsdb\.path=.*/, `--storage.tsdb.path=${path.join(folder, 'data')}`));
  const prometheus = await start(program, args, { ready: /Server is ready to receive web requests/, cwd: deploy });
  await prometheus.stop();
});
