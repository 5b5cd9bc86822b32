// SPDX-License-Identifier: GPL-2.0-or-later
// Tables that sort by any of their columns, and the findings that are shown in them.

// A table of 10,000 rows would take seconds to lay out before anything is seen.
const FIRST_ROWS = 1000;
const COLLATOR = new Intl.Collator('en', { numeric: true });

// columns: [heading, cell(row) -> text, number, or { value, show } with what to show]
function sortable(name, title, columns, rows, truncated) {
    const section = { 'data-list': name };
    if (rows.length === 0) {
        return el('p', { ...section, class: 'none' }, `${title}: none.`);
    }
    const valueOf = (cell) => (cell && cell.show ? cell.value : cell);
    const lines = rows.map((row) => columns.map(([, cell]) => cell(row)));
    const isNumber = (cell) => typeof valueOf(cell) === 'number' && typeof cell.show !== 'string';
    const line = (cells) =>
        el(
            'tr',
            {},
            ...cells.map((cell) =>
                el(
                    'td',
                    isNumber(cell) ? { class: 'number' } : {},
                    cell.show || (typeof cell === 'number' ? number(cell) : cell),
                ),
            ),
        );
    const body = el('tbody');
    let shown = Math.min(FIRST_ROWS, lines.length);
    function draw() {
        body.replaceChildren();
        for (const cells of lines.slice(0, shown)) body.append(line(cells));
    }
    draw();
    const heads = columns.map(([heading], column) =>
        el(
            'th',
            lines.some((cells) => isNumber(cells[column]))
                ? { scope: 'col', class: 'number' }
                : { scope: 'col' },
            el('button', { type: 'button', onclick: () => sort(column) }, heading),
        ),
    );
    function sort(column) {
        const descending = heads[column].getAttribute('aria-sort') === 'ascending';
        heads.forEach((head) => head.removeAttribute('aria-sort'));
        heads[column].setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        const by = (cells) => valueOf(cells[column]);
        const order = (a, b) => (typeof a === 'number' ? a - b : COLLATOR.compare(a, b));
        lines.sort((a, b) => order(by(a), by(b)) * (descending ? -1 : 1));
        draw();
    }
    const scroll = el(
        'div',
        { class: 'scroll', tabindex: 0 },
        el('table', {}, el('thead', {}, el('tr', {}, ...heads)), body),
    );
    const more = [];
    if (shown < lines.length) {
        const showAll = () => {
            shown = lines.length;
            draw();
            scroll.focus();
            rest.remove();
        };
        const rest = el(
            'p',
            { class: 'none' },
            `${number(shown)} rows are shown. `,
            el(
                'button',
                { type: 'button', class: 'all', onclick: showAll },
                `Show all ${number(lines.length)}`,
            ),
        );
        more.push(rest);
    }
    if (truncated) {
        more.push(el('p', { class: 'none' }, `${number(truncated)} more are not listed.`));
    }
    return el(
        'section',
        section,
        el('h2', {}, `${title} (${number(rows.length + (truncated || 0))})`),
        scroll,
        ...more,
    );
}

const words = (list) => (list || []).join(', ');

function findings(report) {
    const left = (holder, list) => (holder.truncated || {})[list];
    const where = [
        ['Event', (row) => row.event || 0],
        ['Line', (row) => String(row.line || 0)],
        ['Process', (row) => String(row.pid || 0)],
    ];
    const lists = [
        sortable(
            'boundaries',
            'Neighbours that did not merge',
            [
                ['Address', (b) => ({ value: Number(b.at), show: b.at })],
                ['Reasons', (b) => words(b.reasons)],
                ['Differing flags', (b) => words(b.flags)],
                [
                    'Made by',
                    (b) =>
                        b.made_by
                            ? words(
                                  [
                                      `${b.made_by.op}, line ${b.made_by.line}`,
                                      b.made_by.site || b.made_by.path,
                                  ].filter(Boolean),
                              )
                            : 'the layout at the start',
                ],
                ['Process', (b) => String(b.pid)],
            ],
            report.fragmentation.boundary_list,
            left(report.fragmentation, 'boundary_list'),
        ),
        sortable(
            'failures',
            'Failures on the way, and what they left',
            [
                ...where,
                ['Call', (f) => f.op],
                ['Error', (f) => f.errno],
                ['Failed at', (f) => f.stage],
                ['Driver', (f) => f.driver],
                ['Undone', (f) => words(f.unwound)],
                ['Not undone', (f) => words(f.not_undone)],
                ['Lost', (f) => words(f.lost)],
            ],
            report.failures,
            left(report, 'failures'),
        ),
        sortable(
            'leaks',
            'Leaks',
            [
                ...where,
                ['Kind', (l) => l.kind],
                ['Name', (l) => l.name],
                ['Count', (l) => l.count],
                ['Cause', (l) => l.cause],
            ],
            report.leaks,
            left(report, 'leaks'),
        ),
        sortable(
            'diagnostics',
            'Rules that drivers broke',
            [
                ...where,
                ['Rule', (d) => d.id],
                ['Severity', (d) => d.severity],
                ['Driver', (d) => d.driver],
                ['Cure', (d) => d.message],
            ],
            report.diagnostics,
            left(report, 'diagnostics'),
        ),
        sortable(
            'divergences',
            'Results that differ from the recorded ones',
            [
                ...where,
                ['Call', (d) => d.op],
                ['Kind', (d) => d.kind],
                ['Recorded', (d) => d.recorded],
                ['Simulated', (d) => d.simulated],
            ],
            report.divergences,
            left(report, 'divergences'),
        ),
    ];
    // What is empty goes together.
    const empty = lists.filter((list) => list.tagName === 'P');
    const errors = Object.entries(report.events.errors);
    if (errors.length) {
        empty.unshift(
            el(
                'p',
                { class: 'none' },
                'Failed calls by errno: ' +
                    words(errors.map(([errno, count]) => `${errno} ${number(count)}`)) +
                    '. Those that failed before they changed anything are not listed.',
            ),
        );
    }
    return [
        ...lists.filter((list) => list.tagName !== 'P'),
        ...(empty.length ? [el('section', {}, ...empty)] : []),
    ];
}

function facts(report) {
    const merges = report.merges;
    const sides = (counts) => counts.left + counts.right + counts.both;
    const rows = [
        ['VMAs at the end', report.fragmentation.vmas],
        ['at most', report.fragmentation.peak],
        ['more until the limit', report.fragmentation.headroom],
        ['merges', sides(merges.new) + sides(merges.existing)],
        ['splits', merges.splits],
        ['free gaps', report.fragmentation.gaps.count],
        ['failed calls', report.events.failed, report.events.failed > 0],
        ['leaks', report.leaks.length, report.leaks.length > 0],
        ['broken rules', report.diagnostics.length, report.diagnostics.length > 0],
        ['divergences', report.divergences.length, report.divergences.length > 0],
    ];
    return el(
        'dl',
        { class: 'facts' },
        ...rows.map(([name, value, bad]) =>
            el('div', bad ? { class: 'bad' } : {}, el('dt', {}, name), el('dd', {}, number(value))),
        ),
    );
}
