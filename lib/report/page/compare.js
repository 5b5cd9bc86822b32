// SPDX-License-Identifier: GPL-2.0-or-later
// How several runs differ: calls that end otherwise, numbers, and the layouts where they part.

const CHANGES = [
    ['now_fails', 'now fails'],
    ['now_succeeds', 'now works'],
    ['other_errno', 'fails otherwise'],
];

const sideName = (comparison, i) => (comparison.new.length === 1 ? 'new' : `new ${i + 1}`);

// The event after which the layouts of a run (0: the old side) are no longer those of another.
function partingOf(comparison, run) {
    if (!comparison) return 0;
    const sides = run === 0 ? comparison.new : [comparison.new[run - 1]];
    const events = sides
        .flatMap((side) => side.layouts)
        .filter((layout) => layout.when === 'first')
        .map((layout) => layout.event);
    return events.length ? Math.min(...events) : 0;
}

function moment(event, goTo) {
    return {
        value: event,
        show: el(
            'button',
            { type: 'button', title: 'show this moment', onclick: () => goTo(event) },
            number(event),
        ),
    };
}

function changedCalls(comparison, goTo) {
    const rows = CHANGES.flatMap(([key, words]) =>
        comparison.new.flatMap((side, i) =>
            side[key].map((call) => ({ ...call, words, side: sideName(comparison, i) })),
        ),
    );
    const left = comparison.new.reduce(
        (sum, side) => sum + Object.values(side.truncated || {}).reduce((a, b) => a + b, 0),
        0,
    );
    const columns = [
        ['Change', (call) => call.words],
        ['Event', (call) => moment(call.event, goTo)],
        ['Line', (call) => String(call.line)],
        ['Process', (call) => String(call.pid)],
        ['Call', (call) => call.call],
        ['Old', (call) => call.old],
        ['New', (call) => call.new],
        ['Note', (call) => (call.overruled ? 'the recorded result holds' : '')],
    ];
    if (comparison.new.length > 1) columns.splice(1, 0, ['Side', (call) => call.side]);
    return sortable('calls', 'Calls that end otherwise', columns, rows, left);
}

function amount(value, unit) {
    if (value === null) return '-';
    if (unit === 'ratio') return String(Number(value.toPrecision(4)));
    return unit === 'bytes' ? bytes(value) : number(value);
}
const signed = (value, unit) => (value > 0 ? '+' : '') + amount(value, unit);

function percentage(row, i) {
    if (row.delta[i] === null) return '-';
    if (row.percent[i] === null) return row.delta[i] === 0 ? '' : 'new';
    const percent = row.percent[i];
    // What is not nothing does not look like it.
    const digits =
        percent !== 0 && Math.abs(percent) < 0.05 ? percent.toPrecision(1) : percent.toFixed(1);
    return (percent > 0 ? '+' : '') + Number(digits) + ' %';
}

function numbersTable(comparison) {
    // A number that sorts by its value and is shown as text.
    const cell = (value, text) => ({
        value: value === null ? -Infinity : value,
        show: el('span', {}, text),
    });
    const columns = [
        ['Number', (row) => row.label],
        ['old', (row) => cell(row.old, amount(row.old, row.unit))],
    ];
    comparison.new.forEach((side, i) => {
        const which = comparison.new.length === 1 ? '' : ` ${i + 1}`;
        columns.push(
            ['new' + which, (row) => cell(row.new[i], amount(row.new[i], row.unit))],
            ['delta' + which, (row) => cell(row.delta[i], signed(row.delta[i], row.unit))],
            ['percent' + which, (row) => cell(row.percent[i], percentage(row, i))],
            ['', (row) => (row.judgement[i] === 'neither' ? '' : row.judgement[i])],
        );
    });
    return sortable('numbers', 'Numbers that differ', columns, comparison.numbers);
}

const mappingText = (mapping) =>
    `${mapping.start.slice(2)}-${mapping.end.slice(2)} ${mapping.perms}`;

// What the ranges do not show: names, and what else differs.
function remarks(row) {
    const shown = row.new || row.old;
    if (!row.old || !row.new) return shown.name;
    const flags = (mapping) => mapping.flags || [];
    const words = [
        row.old.name === row.new.name ? shown.name : `${row.old.name} \u2192 ${row.new.name}`,
    ];
    if (row.old.offset !== row.new.offset) {
        words.push(`offset ${row.old.offset.toString(16)} \u2192 ${row.new.offset.toString(16)}`);
    }
    words.push(
        ...flags(row.old)
            .filter((code) => !flags(row.new).includes(code))
            .map((c) => '-' + c),
    );
    words.push(
        ...flags(row.new)
            .filter((code) => !flags(row.old).includes(code))
            .map((c) => '+' + c),
    );
    return words.filter(Boolean).join(' ');
}

function layoutRows(layout) {
    const ends = { old: 0n, new: 0n };
    const side = (row, name) => {
        const start = BigInt((row.new || row.old).start);
        if (!row[name]) return start < ends[name] ? '(part of the one above)' : '(nothing)';
        ends[name] = BigInt(row[name].end);
        return mappingText(row[name]);
    };
    return layout.rows.flatMap((row) => [
        ...(row.after_gap ? [el('tr', { class: 'gap' }, el('td', { colspan: 4 }, '...'))] : []),
        el(
            'tr',
            row.same ? {} : { class: 'differing' },
            el('td', {}, row.same ? '' : 'differs'),
            el('td', {}, el('code', {}, side(row, 'old'))),
            el('td', {}, el('code', {}, side(row, 'new'))),
            el('td', {}, remarks(row)),
        ),
    ]);
}

const WHEN = {
    first: 'The layouts part',
    first_flags: 'VmFlags alone part',
    end: 'The layouts at the end',
};

function layoutTables(comparison, goTo) {
    return comparison.new.flatMap((side, i) =>
        side.layouts.map((layout) => {
            const under = comparison.new.length === 1 ? '' : ` under ${sideName(comparison, i)}`;
            const at = layout.event
                ? ` at event ${number(layout.event)} (line ${number(layout.line)}), ${layout.call}`
                : layout.when === 'end'
                  ? ''
                  : ' from the start';
            const left = (layout.truncated || {}).rows;
            return el(
                'section',
                { 'data-list': 'layout' },
                el('h2', {}, `${WHEN[layout.when]}${under}${at}; process ${layout.layout_of}`),
                ...(layout.event
                    ? [
                          el(
                              'button',
                              { type: 'button', class: 'go', onclick: () => goTo(layout.event) },
                              'Show this moment above',
                          ),
                      ]
                    : []),
                el(
                    'div',
                    { class: 'scroll', tabindex: 0 },
                    el(
                        'table',
                        {},
                        el(
                            'thead',
                            {},
                            el(
                                'tr',
                                {},
                                ...['', 'old', sideName(comparison, i), 'name'].map((head) =>
                                    el('th', { scope: 'col' }, head),
                                ),
                            ),
                        ),
                        el('tbody', {}, ...layoutRows(layout)),
                    ),
                ),
                ...(left ? [el('p', { class: 'none' }, `${number(left)} more rows.`)] : []),
            );
        }),
    );
}

function comparisonTables(comparison, goTo) {
    const compared = comparison.new.every((side) => side.calls_compared);
    const calls = compared
        ? changedCalls(comparison, goTo)
        : el(
              'p',
              { class: 'none' },
              'Calls are not compared: the reports are of different traces.',
          );
    return [calls, numbersTable(comparison)].map((part) =>
        part.tagName === 'P' ? el('section', {}, part) : part,
    );
}
