package dev.lutra.tools.study;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** KL divergence against bits per weight, a point for each format. */
public final class StudyChart {
    private static final int WIDTH = 1400, HEIGHT = 900;
    /** What lies left of and above this would squeeze the rest together: full floats, and divergences of nothing. */
    private static final double MOST_BITS = 9, LEAST_KL = 1e-4;

    /** Where a point's name begins, as a factor of its height. */
    private static final double LABEL_ABOVE = 1.09;

    /** Color-blind readers tell these apart (Okabe and Ito). */
    private static final Map<String, Color> COLORS = Map.of(
            "types",
            new Color(0x0072B2),
            "mixtures",
            new Color(0x56B4E9),
            "for analysis",
            new Color(0x999999),
            "ternary digits",
            new Color(0xD55E00));

    private static final Map<String, Marker> MARKERS = Map.of(
            "none", SeriesMarkers.CIRCLE, "importance", SeriesMarkers.DIAMOND, "calibration", SeriesMarkers.SQUARE);

    private StudyChart() {}

    /** Whether {@code row} is in the chart. */
    static boolean shows(StudyRow row) {
        return row.bitsPerWeight() <= MOST_BITS && row.kl() >= LEAST_KL;
    }

    /** Draws {@code rows} into a PNG file. */
    public static void write(List<StudyRow> rows, String title, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        chart(rows, title).paint(graphics, WIDTH, HEIGHT);
        graphics.dispose();
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            ImageIO.write(image, "png", part.toFile());
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static XYChart chart(List<StudyRow> rows, String title) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("bits per weight")
                .yAxisTitle("KL divergence, nats per token")
                .build();
        chart.getStyler()
                .setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
                .setYAxisLogarithmic(true)
                .setLegendPosition(Styler.LegendPosition.InsideNE)
                .setMarkerSize(9)
                .setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        Map<String, List<StudyRow>> series = new LinkedHashMap<>();
        for (StudyRow row : rows) {
            if (!shows(row)) continue;
            String name = row.data().equals("none") ? row.family() : row.family() + ", " + row.data();
            series.computeIfAbsent(name, key -> new ArrayList<>()).add(row);
            // the point with importance lies below the one without and needs no name of its own
            if (!row.data().equals("importance"))
                chart.addAnnotation(
                        new AnnotationText(row.format(), row.bitsPerWeight(), row.kl() * LABEL_ABOVE, false));
        }
        series.forEach((name, members) -> {
            XYSeries points = chart.addSeries(
                    name,
                    members.stream().mapToDouble(StudyRow::bitsPerWeight).toArray(),
                    members.stream().mapToDouble(StudyRow::kl).toArray());
            points.setMarkerColor(COLORS.get(members.getFirst().family()));
            points.setMarker(MARKERS.get(members.getFirst().data()));
        });
        return chart;
    }
}
