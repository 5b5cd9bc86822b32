// SPDX-License-Identifier: GPL-2.0-or-later
// A sweep of failures: how it ended at each failure point in each context, and what is wrong.

const report = JSON.parse(document.getElementById('data').textContent);
const marks = { ok: '.', hole: 'h', leak: 'L', assert: '!' };
const meaning = {
    ok: 'all as before',
    hole: 'a hole where old mappings were',
    leak: 'a leak',
    assert: 'worse',
};
const subject = report.driver || report.trace;
const places = report.driver ? 'contexts' : 'calls';

function summary() {
    const { findings } = report;
    const known = findings.filter((finding) => finding.known).length;
    const found = findings.length === 1 ? '1 finding' : `${findings.length || 'no'} findings`;
    return (
        `${subject} under ${report.kernels.join(', ')}` +
        (report.fixed_accounting ? ' with --fixed-accounting: ' : ': ') +
        found +
        (known ? `, ${known} of them known upstream` : '')
    );
}

function counts() {
    const fact = (name, value, bad) =>
        el(
            'div',
            { class: bad && value ? 'bad' : '' },
            el('dt', {}, name),
            el('dd', {}, number(value)),
        );
    const ends = Object.entries(report.ends);
    return el(
        'section',
        {},
        el(
            'dl',
            { class: 'facts' },
            fact(places, report[places]),
            fact('runs with a failure', report.runs),
            ...ends.map(([end, runs]) => fact(end, runs, end === 'leak' || end === 'assert')),
        ),
        ...report.unfit.map((why) => el('p', { class: 'none' }, 'not under ' + why)),
    );
}

// The contexts of a kernel in the order in which they came.
function columnsOf(matrix) {
    const names = new Set();
    for (const row of Object.values(matrix)) Object.keys(row).forEach((name) => names.add(name));
    return [...names];
}

function matrixTable(kernel, words, onlyWrong) {
    const matrix = report.matrix[kernel];
    const rows = Object.entries(matrix);
    const wrong = (name) => rows.some(([, row]) => row[name] === 'leak' || row[name] === 'assert');
    const columns = columnsOf(matrix).filter(
        (name) => words.every((word) => name.includes(word)) && (!onlyWrong || wrong(name)),
    );
    if (columns.length === 0) return el('p', { class: 'none' }, 'None of them.');
    const cell = (point, name, end) =>
        end
            ? el('td', { class: 'end ' + end, title: `${point} in ${name}: ${end}` }, marks[end])
            : el('td');
    return el(
        'table',
        { class: 'matrix' },
        el(
            'thead',
            {},
            el(
                'tr',
                {},
                el('th', { scope: 'col' }, 'failed at'),
                ...columns.map((name) => el('th', { scope: 'col' }, el('span', {}, name))),
            ),
        ),
        el(
            'tbody',
            {},
            ...rows.map(([point, row]) =>
                el(
                    'tr',
                    {},
                    el('th', { scope: 'row' }, point),
                    ...columns.map((name) => cell(point, name, row[name])),
                ),
            ),
        ),
    );
}

function matrixSection() {
    const filter = el('input', { id: 'filter', type: 'search' });
    const onlyWrong = el('input', { id: 'wrong', type: 'checkbox' });
    const place = el('div', { class: 'scroll' });
    let kernel = report.kernels[0];
    const draw = () => {
        const words = filter.value.split(' ').filter((word) => word);
        place.replaceChildren(matrixTable(kernel, words, onlyWrong.checked));
    };
    filter.addEventListener('input', draw);
    onlyWrong.addEventListener('change', draw);
    const names = report.kernels.map((name) => [name, name]);
    const show = (chosen) => {
        kernel = chosen;
        draw();
    };
    draw();
    return el(
        'section',
        { id: 'matrix' },
        el('h2', {}, 'Failure points and ' + places),
        el(
            'div',
            { class: 'controls' },
            choice('Kernel', names, show),
            el('label', {}, places + ' with ', filter),
            el('label', {}, onlyWrong, ' only where something is wrong'),
        ),
        place,
        el(
            'ul',
            { class: 'legend' },
            ...Object.entries(marks).map(([end, mark]) =>
                el('li', {}, el('span', { class: 'end ' + end }, mark), ' ' + meaning[end]),
            ),
            el('li', {}, 'empty: nothing was made to fail there'),
        ),
    );
}

function findingElement(finding) {
    const row = (name, text) =>
        text ? [el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, text))] : [];
    const { known } = finding;
    const fixed = known && (known.fixed_in ? 'fixed in ' + known.fixed_in : 'not fixed yet');
    return el(
        'article',
        { class: 'finding' },
        el('h3', {}, `${finding.kind} ${finding.what} of ${finding.owner}: ${finding.happened}`),
        el(
            'table',
            {},
            ...row('failing', finding.failed.join(', ') || 'nothing: as it is'),
            ...row('kernels', finding.kernels.join(', ')),
            ...row('runs', number(finding.runs)),
            ...row('first at', finding.where),
            ...row('undone', finding.undone.join(', ')),
            ...row('not undone', finding.not_undone.join(', ')),
            ...row('known', known && `upstream, ${fixed} (rule ${known.rule})`),
            ...row('cure', finding.cure),
            ...row('show', el('code', {}, finding.command)),
        ),
    );
}

function findingsSection() {
    const none = el('p', { class: 'none' }, 'None.');
    return el(
        'section',
        { id: 'findings' },
        el('h2', {}, 'Findings'),
        ...(report.findings.length ? report.findings.map(findingElement) : [none]),
    );
}

setUpTheme();
document.title = 'mmsim faults: ' + subject;
document.getElementById('verdict').append(el('p', {}, summary()));
document
    .getElementById('page')
    .append(counts(), ...(report.runs ? [matrixSection()] : []), findingsSection());
