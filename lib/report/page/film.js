// SPDX-License-Identifier: GPL-2.0-or-later
// The pictures that runs left of their address spaces: which there are, and where pages lie.

// A saved report has no film, but the layouts at the end.
function filmOfReport(report) {
    const ROWS = 512;
    const driverOf = new Map(report.files.map((file) => [file.id, file.driver]));
    const looks = [];
    const known = new Map();
    const look = (vma) => {
        const has = (code, letter) => (vma.flags.includes(code) ? letter : '-');
        const access =
            has('rd', 'r') +
            has('wr', 'w') +
            has('ex', 'x') +
            (vma.flags.includes('ms') ? 's' : 'p');
        const made = [access, driverOf.get(vma.file) || '', vma.name || ''];
        const key = made.join('\n');
        if (!known.has(key)) known.set(key, looks.push(made) - 1);
        return known.get(key);
    };
    const page = (text) => Number(BigInt(text) / 4096n);
    const pictures = report.processes.map((process, space) => {
        const each = Math.ceil(process.vmas.length / ROWS);
        const rows = [];
        process.vmas.forEach((vma, i) => {
            const [start, end] = [page(vma.start), page(vma.end)];
            if (i % each === 0) rows.push([start, end, 0, 0, look(vma)]);
            const row = rows[rows.length - 1];
            row[1] = end;
            row[2] += end - start;
            row[3] += 1;
        });
        return {
            pid: process.pid,
            space,
            vmas: process.vmas.length,
            ended: process.exited,
            rows,
        };
    });
    return { looks, frames: [{ event: report.events.total, line: 0, pictures }] };
}

// Address spaces by number, named by their process.
function spacesOf(films) {
    const pids = new Map();
    for (const picture of films.flatMap((f) => f.frames).flatMap((f) => f.pictures)) {
        pids.set(picture.space, picture.pid);
    }
    const spaces = [...pids].sort((a, b) => a[0] - b[0]);
    return spaces.map(([space, pid], i) => {
        const earlier = spaces.slice(0, i).filter((other) => other[1] === pid).length;
        return [space, `${pid}` + (earlier === 0 ? '' : `, after exec ${earlier}`)];
    });
}

// Where the runs have pictures, as shares of the whole run.
function positionsOf(sides) {
    const shares = sides.flatMap(({ film, total }) =>
        film.frames.map((frame) => (total === 0 ? 1 : frame.event / total)),
    );
    return [...new Set(shares)].sort((a, b) => a - b);
}

// A row as it can be compared with one of another run; undefined for one that stands for many.
const rowKey = (film, [start, end, , vmas, look]) =>
    vmas === 1 ? [start, end, ...film.looks[look]].join('\n') : undefined;

// Where pages lie on the strip, from 0 to 1. Long gaps that are never mapped shrink to a mark.
function layOut(films, space, scale) {
    const ranges = [];
    for (const frame of films.flatMap((film) => film.frames)) {
        for (const picture of frame.pictures) {
            if (picture.space !== space) continue;
            for (const row of picture.rows) ranges.push([row[0], row[1]]);
        }
    }
    ranges.sort((a, b) => a[0] - b[0]);
    const merged = [];
    for (const [start, end] of ranges) {
        const last = merged[merged.length - 1];
        if (last && start <= last[1]) last[1] = Math.max(last[1], end);
        else merged.push([start, end]);
    }
    const mapped = merged.reduce((sum, [start, end]) => sum + end - start, 0) || 1;
    const weight =
        scale === 'size' ? (pages) => pages / mapped : (pages) => Math.sqrt(pages / mapped);
    const pieces = [];
    let along = 0;
    merged.forEach(([start, end], i) => {
        if (i > 0) along += 0.006;
        const length = weight(end - start) + 0.002;
        pieces.push({ start, end, from: along, length });
        along += length;
    });
    for (const piece of pieces) {
        piece.from /= along || 1;
        piece.length /= along || 1;
    }
    return pieces;
}

function place(pieces, page) {
    if (pieces.length === 0) return 0;
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (pieces[middle].start <= page) low = middle;
        else high = middle - 1;
    }
    const piece = pieces[low];
    const share = Math.min(1, Math.max(0, (page - piece.start) / (piece.end - piece.start)));
    return piece.from + piece.length * share;
}
