// SPDX-License-Identifier: GPL-2.0-or-later
// Puts the page together. Runs that are compared are scrubbed together, by the share of the whole.
// There may be several reports to choose from, each of one run or of several that are compared.

const { reports } = JSON.parse(document.getElementById('data').textContent);
const runsOf = ({ runs }) =>
    runs.map((run) => ({
        ...run,
        film: run.film || filmOfReport(run.report),
        total: run.report.events.total,
    }));

function verdict({ comparison, runs }) {
    if (comparison) return comparison.verdict;
    const { report } = runs[0];
    const failed = report.events.failed;
    return [
        `${number(report.events.total)} events on Linux ${report.kernel}, ` +
            `${number(report.fragmentation.vmas)} VMAs at the end, ` +
            (failed === 1 ? '1 failed call' : `${number(failed)} failed calls`),
    ];
}

function build(run, runs, parts, scrub) {
    const { report } = run;
    const chart = timeline(run, scrub, {
        scale: Math.max(...runs.map((other) => peakOf(other.report))),
        parts,
        width: runs.length === 1 ? 800 : 480,
    });
    const title = report.trace + (report.title ? ` (${report.title})` : '');
    const settings =
        `kernel ${report.kernel}, hooks ${report.hook}, addresses ${report.addresses}, ` +
        `page faults ${report.page_faults}`;
    return {
        element: el(
            'div',
            { class: 'run' },
            el('h2', {}, run.label || title),
            el(
                'section',
                {},
                facts(report),
                el('p', { class: 'none' }, (run.label ? `${title}; ` : '') + settings),
            ),
            ...(bucketsOf(report).length ? [chart.element] : []),
        ),
        findings: findings(report),
        show: chart.show,
    };
}

function assemble({ comparison }, runs) {
    const parts = [];
    const scrub = (share) => parts.forEach((part) => part.show(share));
    const goTo = (event) => scrub(runs[0].total === 0 ? 1 : event / runs[0].total);
    const built = runs.map((run, i) => build(run, runs, partingOf(comparison, i), scrub));
    const space = addressSpace(runs, scrub);
    parts.push(space, ...built);
    const sides = built.map((side) => side.element);
    const columns = (...children) => el('div', { class: 'runs' }, ...children);
    const page = document.getElementById('page');
    if (comparison) {
        page.replaceChildren(
            ...comparisonTables(comparison, goTo),
            space.element,
            ...layoutTables(comparison, goTo),
            columns(...sides),
            columns(
                ...built.map((side, i) =>
                    el('div', { class: 'run' }, el('h2', {}, runs[i].label), ...side.findings),
                ),
            ),
        );
    } else {
        sides[0].append(space.element, ...built[0].findings);
        page.replaceChildren(sides[0]);
    }
    scrub(1);
}

function show(shown) {
    document.title = 'mmsim: ' + shown.runs[0].report.trace;
    document
        .getElementById('verdict')
        .replaceChildren(...verdict(shown).map((line) => el('p', {}, line)));
    assemble(shown, runsOf(shown));
}

function keys() {
    const key = (name) => el('kbd', {}, name);
    return el(
        'p',
        {},
        'Keys: ',
        key('\u2190'),
        ' ',
        key('\u2192'),
        ' move through the run, ',
        key('+'),
        ' ',
        key('-'),
        ' zoom, ',
        key('['),
        ' ',
        key(']'),
        ' pan, ',
        key('0'),
        ' show all.',
    );
}

setUpTheme();
document.querySelector('footer').append(keys());
if (reports.length > 1) {
    const names = reports.map(({ label }, i) => [i, label]);
    document
        .getElementById('theme')
        .before(choice('Report', names, (chosen) => show(reports[chosen])));
}
show(reports[0]);
