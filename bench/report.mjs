// The page of results: medians of all runs, beside each other, and ratios.
import { scenarios } from './scenarios.mjs';

// Share of one processor that neither the server nor the generator used, from which a run counts as disturbed.
const disturbedFrom = 0.12;

const columns = [
  { head: 'deliveries/s', of: (l) => l.delivered_per_s, show: (v) => (v >= 1e6 ? `${(v / 1e6).toFixed(2)} M` : Math.round(v).toLocaleString('en')) },
  { head: 'p50 ms', of: (l) => l.latency_us.p50 / 1000, show: milliseconds },
  { head: 'p99 ms', of: (l) => l.latency_us.p99 / 1000, show: milliseconds },
  { head: 'server CPU µs per delivery', of: (l) => l.server?.us_per_delivery, show: (v) => v.toFixed(2) },
  { head: 'generator µs', of: (l) => l.generator.us_per_delivery, show: (v) => v.toFixed(2) },
  { head: 'KB per idle connection', of: (l) => (l.server ? (l.server.rss_idle_kb - l.server.rss_start_kb) / l.connected : undefined), show: (v) => v.toFixed(1) },
  { head: 'peak MB', of: (l) => l.server?.rss_peak_kb / 1024, show: (v) => v.toFixed(0) },
  { head: 'connects/s', of: (l) => l.connects_per_s, show: (v) => Math.round(v).toLocaleString('en') },
];

/** Writes the page. */
export function report(results, { commit, changed, machine, missing }) {
  const lines = [
    `# Parley beside its peers, ${new Date().toISOString().slice(0, 10)}`,
    '',
    `Commit ${commit}${changed ? ', with changes that are not in it' : ''}. Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.kernel}, .NET ${machine.dotnet};`,
    'the generator (`parley load`) runs on the same machine. Messages of 100 bytes; Parley stores each in SQLite with a full sync,',
    `the peers store nothing. Medians; a run is disturbed when ${disturbedFrom} of a processor or more went to others, and counts only where there is no better.`,
    '',
    ...versions(results),
    ...(missing.length > 0 ? [`Not here: ${missing.map((one) => `${one.name} (${one.why})`).join(', ')}.`, ''] : []),
  ];
  for (const [name, scenario] of Object.entries(scenarios)) {
    const of = results.filter((one) => one.scenario === name);
    if (of.length > 0) {
      lines.push(...table(name, scenario, of), '');
    }
  }
  return lines.join('\n');
}

function versions(results) {
  const seen = new Map(results.map((one) => [one.peer, one.version]));
  return [[...seen].map(([peer, version]) => `${peer}: ${version}`).join('; ') + '.', ''];
}

function table(name, scenario, results) {
  const peers = [...new Set(results.map((one) => one.peer))];
  const rows = peers.map((peer) => summarize(peer, results.filter((one) => one.peer === peer)));
  const lines = [
    `## ${name}: ${scenario.title}`,
    '',
    `| | ${columns.map((column) => column.head).join(' | ')} | runs |`,
    `|---|${columns.map(() => '---|').join('')}---|`,
    ...rows.map((row) => (row.values
      ? `| ${row.peer} | ${columns.map((column, i) => (Number.isFinite(row.values[i]) ? column.show(row.values[i]) : '–')).join(' | ')} | ${row.note} |`
      : `| ${row.peer} | ${columns.map(() => '–').join(' | ')} | ${row.note} |`)),
  ];
  const parley = rows.find((row) => row.peer === 'parley')?.values;
  const ratios = rows.filter((row) => row.values && !row.peer.startsWith('parley')).map((row) => ratio(scenario, parley, row)).filter(Boolean);
  return ratios.length > 0 ? [...lines, '', `Parley to each: ${ratios.join('; ')}.`] : lines;
}

function summarize(peer, runs) {
  const good = runs.filter((one) => one.load);
  const quiet = good.filter((one) => one.other + one.steal < disturbedFrom);
  const used = quiet.length > 0 ? quiet : good;
  if (used.length === 0) {
    return { peer, note: `failed: ${runs.at(-1).error}` };
  }
  const faults = [...new Set(used.flatMap((one) => one.load.faults.map((fault) => fault.replace(/^\d+ /, ''))))];
  const notes = [String(used.length), quiet.length === 0 ? 'disturbed' : '', runs.length > good.length ? `${runs.length - good.length} failed` : '', ...faults];
  return { peer, note: notes.filter(Boolean).join(', '), values: columns.map((column) => median(used.map((one) => column.of(one.load)))) };
}

function ratio(scenario, parley, row) {
  if (!parley) {
    return null;
  }
  const times = (column) => (parley[column] / row.values[column]).toFixed(2);
  const parts = {
    rate: () => [`${times(0)} × the deliveries`],
    latency: () => [`${times(2)} × the p99`, `${times(3)} × the CPU`],
    both: () => [`${times(0)} × the deliveries`, `${times(2)} × the p99`],
    memory: () => [`${times(3)} × the CPU`, `${times(5)} × the memory`, `${times(7)} × the connects`],
  }[scenario.shows]();
  return `${row.peer} ${parts.join(', ')}`;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function milliseconds(value) {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
