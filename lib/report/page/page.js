// SPDX-License-Identifier: GPL-2.0-or-later
// Puts the page together. Runs side by side are scrubbed together, by their share of the whole.

const runs = JSON.parse(document.getElementById('data').textContent);

function setUpTheme() {
    const button = document.getElementById('theme');
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const modes = ['automatic', 'light', 'dark'];
    let mode = 0;
    const apply = () => {
        const theme = mode === 0 ? (dark.matches ? 'dark' : 'light') : modes[mode];
        document.documentElement.dataset.theme = theme;
        button.textContent = 'Theme: ' + modes[mode];
    };
    button.addEventListener('click', () => {
        mode = (mode + 1) % modes.length;
        apply();
    });
    dark.addEventListener('change', apply);
    apply();
}

function verdict() {
    return runs
        .map(
            ({ label, report }) =>
                (label ? label + ': ' : '') +
                `${number(report.events.total)} events on Linux ${report.kernel}, ` +
                `${number(report.fragmentation.vmas)} VMAs at the end, ` +
                `${number(report.events.failed)} failed calls`,
        )
        .join('; ');
}

function build(run, scrubAll) {
    const total = run.report.events.total;
    const share = (event) => (total === 0 ? 1 : Math.min(1, Math.max(0, event / total)));
    const parts = [];
    const scrub = (event) => scrubAll(share(event));
    const space = addressSpace(run, scrub);
    const chart = timeline(run, scrub);
    parts.push(space, chart);
    const title =
        (run.label ? run.label + ': ' : '') +
        run.report.trace +
        (run.report.title ? ` (${run.report.title})` : '');
    const settings =
        `kernel ${run.report.kernel}, hooks ${run.report.hook}, ` +
        `addresses ${run.report.addresses}, ` +
        `page faults ${run.report.page_faults}`;
    return {
        element: el(
            'div',
            { class: 'run' },
            el('h2', {}, title),
            el('section', {}, facts(run.report), el('p', { class: 'none' }, settings)),
            chart.element,
            space.element,
            ...findings(run.report),
        ),
        show(along) {
            const event = Math.round(total * along);
            for (const part of parts) part.show(event);
        },
    };
}

setUpTheme();
document.title = 'mmsim: ' + runs[0].report.trace;
document.getElementById('verdict').textContent = verdict();
const built = runs.map((run) => build(run, (along) => built.forEach((side) => side.show(along))));
document.getElementById('runs').append(...built.map((side) => side.element));
built.forEach((side) => side.show(1));
