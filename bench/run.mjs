// eng/bench [SCENARIO…] [--peers A,B] [--runs N] [--no-build]
//
// Runs each scenario against each peer in turn, N times over (default 3), and writes the medians of all runs at this commit
// to bench/results. Without names, all scenarios and all peers that can be built here. A second call at the same commit
// adds its runs to those of the first.
//
// A peer is a folder of bench/peers: `build` prints its version or says what is missing (exit code 3), `start PORT` runs it
// in the foreground on loopback, relaying each client's text frame to all the others. `flags` tells `parley load` how to
// speak to it, an option in each line; a line that begins with / is the WebSocket's path.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { report } from './report.mjs';
import { scenarios } from './scenarios.mjs';

const root = path.dirname(import.meta.dirname);
const peersFolder = path.join(import.meta.dirname, 'peers');
const generator = path.join(root, 'artifacts/bin/Parley.Cli/release/parley');
const startPatience = 20_000, stopPatience = 8_000, runPatience = 180_000;
const tick = 1 / 100; // Seconds; of the kernel's times in /proc, wherever Node runs.

main(process.argv.slice(2));

async function main(words) {
  const options = parse(words);
  if (options.build) {
    run('dotnet', ['build', 'src/Parley.Cli', '-c', 'Release', '-v', 'quiet', '--nologo']);
  }
  const { peers, missing } = prepare(options.peers, options.build);
  const commit = run('git', ['rev-parse', '--short', 'HEAD']).trim();
  const changed = run('git', ['status', '--porcelain', '--untracked-files=no']).trim() !== '';
  mkdirSync(path.join(root, 'artifacts/bench'), { recursive: true });
  const log = path.join(root, 'artifacts/bench', `${commit}${changed ? '-changed' : ''}.jsonl`);

  for (let round = 1; round <= options.runs; round++) {
    for (const scenario of options.scenarios) {
      for (const peer of peers.filter((one) => !scenarios[scenario].without?.includes(one.name))) {
        const result = { scenario, peer: peer.name, version: peer.version, at: new Date().toISOString(), ...(await measure(peer, scenarios[scenario])) };
        appendFileSync(log, JSON.stringify(result) + '\n');
        console.log(`${scenario} ${peer.name}: ${brief(result)}`);
      }
    }
  }

  const results = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : [];
  const file = path.join(import.meta.dirname, 'results', `${new Date().toISOString().slice(0, 10)}-${commit}${changed ? '-changed' : ''}.md`);
  writeFileSync(file, report(results, { commit, changed, machine: machine(), missing }));
  console.log(path.relative(root, file));
}

function parse(words) {
  const options = { scenarios: [], peers: null, runs: 3, build: true };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--peers' && words[i + 1]) {
      options.peers = words[++i].split(',');
    } else if (word === '--runs' && /^[1-9]\d?$/.test(words[i + 1] ?? '')) {
      options.runs = Number(words[++i]);
    } else if (word === '--no-build') {
      options.build = false;
    } else if (scenarios[word]) {
      options.scenarios.push(word);
    } else {
      const use = readFileSync(import.meta.filename, 'utf8').split('\n\n')[0].split('import')[0].replaceAll(/^\/\/ ?/gm, '');
      fail(`${use.trim()}\n\n${Object.entries(scenarios).map(([name, one]) => `${name.padEnd(7)} ${one.title}`).join('\n')}`);
    }
  }
  if (options.scenarios.length === 0) {
    options.scenarios = Object.keys(scenarios);
  }
  return options;
}

// Builds the peers, and says which cannot be had here.
function prepare(names, build) {
  const known = readdirSync(peersFolder).filter((name) => existsSync(path.join(peersFolder, name, 'start')));
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      fail(`no peer is called ${name}; these are: ${known.join(' ')}`);
    }
  }
  const peers = [], missing = [];
  for (const name of known.filter((one) => names?.includes(one) ?? true).sort(parleyFirst)) {
    const versionFile = path.join(root, 'artifacts/bench', `${name}.version`);
    let version = !build && existsSync(versionFile) ? readFileSync(versionFile, 'utf8') : null;
    if (version === null) {
      const built = spawnSync(path.join(peersFolder, name, 'build'), { encoding: 'utf8', cwd: root });
      if (built.status !== 0) {
        const why = (built.status === 3 ? built.stdout : `${built.stderr}${built.stdout}`).trim().split('\n').at(-1);
        console.log(`Without ${name}: ${why}`);
        missing.push({ name, why });
        continue;
      }
      version = built.stdout.trim().split('\n').at(-1);
      mkdirSync(path.dirname(versionFile), { recursive: true });
      writeFileSync(versionFile, version);
    }
    const flagsFile = path.join(peersFolder, name, 'flags');
    const flags = existsSync(flagsFile) ? readFileSync(flagsFile, 'utf8').split('\n').filter((line) => line !== '') : [];
    const isParley = name.startsWith('parley');
    peers.push({
      name,
      version,
      path: flags.find((line) => line.startsWith('/')) ?? (isParley ? '/ws' : '/'),
      load: [...(isParley ? [] : ['--raw']), ...flags.filter((line) => !line.startsWith('/')).flatMap(option)],
    });
  }
  return { peers, missing };
}

function parleyFirst(a, b) {
  return b.startsWith('parley') - a.startsWith('parley') || a.localeCompare(b);
}

function option(line) {
  const space = line.indexOf(' ');
  return space < 0 ? [line] : [line.slice(0, space), line.slice(space + 1).replaceAll(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))];
}

// One run: a fresh server, one load test, and what else the machine did meanwhile.
async function measure(peer, scenario) {
  const port = await freePort();
  const before = { machine: machineTimes(), own: ownSeconds(), at: performance.now() };
  const server = spawn(path.join(peersFolder, peer.name, 'start'), [String(port)], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  server.stderr.on('data', (bytes) => { said = (said + bytes).slice(-2_000); });
  const ended = new Promise((resolve) => server.on('close', resolve));
  let outcome;
  try {
    outcome = (await answers(port, server)) ? await load(peer, port, scenario) : { error: `did not start: ${said.trim().split('\n').at(-1)}` };
  } finally {
    server.kill('SIGTERM');
    await Promise.race([ended, delay(stopPatience, undefined, { ref: false })]);
    try {
      process.kill(-server.pid, 'SIGKILL'); // Its children, if it could not end them.
    } catch {
      // It has ended, and all its children.
    }
    await ended;
  }
  // Both programs are ours and have ended, so that what they used is counted as ours.
  const after = { machine: machineTimes(), own: ownSeconds(), at: performance.now() };
  const seconds = (after.at - before.at) / 1000;
  const other = Math.max(0, after.machine.busy - before.machine.busy - (after.own - before.own)) / seconds;
  const steal = (after.machine.steal - before.machine.steal) / seconds;
  return { ...outcome, other: round(other, 3), steal: round(steal, 3) };
}

async function answers(port, server) {
  for (const end = Date.now() + startPatience; Date.now() < end && server.exitCode === null; await delay(50)) {
    const socket = net.connect(port, '127.0.0.1');
    const connected = await new Promise((resolve) => socket.on('connect', () => resolve(true)).on('error', () => resolve(false)));
    socket.destroy();
    if (connected) {
      await delay(300); // So that the first connection is not part of the start.
      return true;
    }
  }
  return false;
}

async function load(peer, port, scenario) {
  const url = `ws://127.0.0.1:${port}${peer.path}`;
  const test = spawn(generator, ['load', url, '--json', ...peer.load, ...scenario.load.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [text, said] = ['', ''];
  test.stdout.on('data', (bytes) => { text += bytes; });
  test.stderr.on('data', (bytes) => { said += bytes; });
  const patience = setTimeout(() => test.kill('SIGKILL'), runPatience);
  await new Promise((resolve) => test.on('close', resolve));
  clearTimeout(patience);
  try {
    return { load: JSON.parse(text) };
  } catch {
    return { error: said.trim().split('\n').at(-1) || 'the load test took too long' };
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Processor seconds of everything on this machine.
function machineTimes() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/ +/).slice(1).map(Number);
  return { busy: (user + nice + system + irq + softirq) * tick, steal: steal * tick };
}

// Processor seconds of this process and of its children that have ended.
function ownSeconds() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((sum, one) => sum + Number(one), 0) * tick;
}

function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0].model.trim(),
    cores: cpus.length,
    memory: Math.round(os.totalmem() / 2 ** 30),
    kernel: `Linux ${os.release()}`,
    dotnet: run('dotnet', ['--list-runtimes']).match(/Microsoft\.NETCore\.App (10\S*)/)?.[1] ?? '?',
  };
}

function brief({ error, load: l, other, steal }) {
  return error ?? `${Math.round(l.delivered_per_s).toLocaleString('en')} deliveries/s, p50 ${round(l.latency_us.p50 / 1000, 1)} ms, p99 ${round(l.latency_us.p99 / 1000, 1)} ms, `
    + `server ${round(l.server?.us_per_delivery ?? 0, 2)} µs, generator ${round(l.generator.us_per_delivery, 2)} µs, others ${round(other + steal, 2)} cores${l.ok ? '' : `; ${l.faults.join(', ')}`}`;
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}

function run(program, words) {
  try {
    return execFileSync(program, words, { encoding: 'utf8', cwd: root });
  } catch (error) {
    fail(`${program} ${words[0]} failed:\n${error.stdout ?? error.message}`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
