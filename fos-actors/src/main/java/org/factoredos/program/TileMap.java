package org.factoredos.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;

/** The meshes of all nodes as a map, each tile one character: a pure function of what is known of them. */
final class TileMap {
    /** What a tile is marked by: what runs there, the sends that it does in a second, or the messages that wait there. */
    enum By {
        FLEET,
        LOAD,
        QUEUE
    }

    /** {@code client}: empty where the tile is free; {@code figure}: how many, for a map that is not by fleet. */
    record Cell(TileId tile, String client, long figure) {
        boolean free() {
            return client.isEmpty();
        }

        /** What runs there, without which one it is: {@code name owner} for {@code name owner 2}. */
        String kind() {
            return client.replaceFirst(" \\d+$", "");
        }
    }

    private static final char FREE = '.';
    private static final char NOTHING = '-';
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    /** For all kinds that no letter is left for. */
    private static final char OTHERS = '#';

    private static final String GAP = "   ";

    private TileMap() {}

    /** As many meshes beside each other as {@code columns} allow, then what the marks mean. */
    static List<String> lines(By by, List<Cell> cells, int columns) {
        Map<String, Character> letters = by == By.FLEET ? letters(cells) : Map.of();
        Map<NodeId, List<Cell>> byNode = new TreeMap<>();
        cells.forEach(cell -> byNode.computeIfAbsent(cell.tile().node(), node -> new ArrayList<>())
                .add(cell));
        List<List<String>> meshes = new ArrayList<>();
        byNode.forEach((node, its) -> meshes.add(mesh(node, by, its, letters)));
        int width = meshes.stream()
                .flatMap(List::stream)
                .mapToInt(String::length)
                .max()
                .orElse(0);
        int beside = Math.max(1, (columns + GAP.length()) / (width + GAP.length()));
        List<String> lines = new ArrayList<>();
        for (int first = 0; first < meshes.size(); first += beside) {
            List<List<String>> row = meshes.subList(first, Math.min(meshes.size(), first + beside));
            lines.addAll(besideEachOther(row, width));
            lines.add("");
        }
        lines.addAll(by == By.FLEET ? legend(letters, columns) : List.of(scale(by)));
        long free = cells.stream().filter(Cell::free).count();
        lines.add(free + " of " + cells.size() + " tiles are free");
        return lines;
    }

    /** In the order of tiles, so that servers, which have the first tiles, keep their letters while programs come and go. */
    private static Map<String, Character> letters(List<Cell> cells) {
        Map<String, Character> letters = new LinkedHashMap<>();
        for (Cell cell : cells) {
            if (!cell.free() && !letters.containsKey(cell.kind())) {
                int next = letters.size();
                letters.put(cell.kind(), next < LETTERS.length() ? LETTERS.charAt(next) : OTHERS);
            }
        }
        return letters;
    }

    private static List<String> mesh(NodeId node, By by, List<Cell> cells, Map<String, Character> letters) {
        int columns = cells.stream().mapToInt(cell -> cell.tile().x()).max().orElse(0) + 1;
        int rows = cells.stream().mapToInt(cell -> cell.tile().y()).max().orElse(0) + 1;
        char[][] marks = new char[rows][2 * columns - 1];
        for (char[] row : marks) {
            Arrays.fill(row, ' ');
        }
        for (Cell cell : cells) {
            marks[cell.tile().y()][2 * cell.tile().x()] = mark(by, cell, letters);
        }
        List<String> lines = new ArrayList<>(List.of(node.toString()));
        for (char[] row : marks) {
            lines.add(new String(row));
        }
        return lines;
    }

    private static char mark(By by, Cell cell, Map<String, Character> letters) {
        if (cell.free()) {
            return FREE;
        }
        if (by == By.FLEET) {
            return letters.getOrDefault(cell.kind(), OTHERS);
        }
        return cell.figure() == 0
                ? NOTHING
                : Character.forDigit(Long.toString(cell.figure()).length() % 10, 10);
    }

    private static List<String> besideEachOther(List<List<String>> meshes, int width) {
        int rows = meshes.stream().mapToInt(List::size).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            StringBuilder line = new StringBuilder();
            for (List<String> mesh : meshes) {
                String part = row < mesh.size() ? mesh.get(row) : "";
                line.append(part).append(" ".repeat(width - part.length())).append(GAP);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static List<String> legend(Map<String, Character> letters, int columns) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(FREE + " free");
        for (Map.Entry<String, Character> letter : letters.entrySet()) {
            String entry = letter.getValue() + " " + letter.getKey();
            if (line.length() + GAP.length() + entry.length() > columns) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : GAP).append(entry);
        }
        lines.add(line.toString());
        return lines;
    }

    private static String scale(By by) {
        return FREE + " free" + GAP + NOTHING + " none" + GAP + "1 up to 9" + GAP + "2 up to 99" + GAP + "3 up to 999"
                + " ... " + (by == By.LOAD ? "sends a second" : "messages queued");
    }
}
