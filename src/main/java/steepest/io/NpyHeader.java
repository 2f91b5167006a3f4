package steepest.io;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import steepest.DType;
import steepest.Shape;
import steepest.SteepestException;

/**
 * The head of a {@code .npy} file: {@code \x93NUMPY}, a version, the length of what follows, a Python dictionary. (NumPy
 * Enhancement Proposal 1, "A simple file format for NumPy arrays"; numpy.lib.format for versions 2 and 3.)
 *
 * @param type what the elements are, {@code f4}, {@code f8}, {@code i4}, {@code i8}, {@code u1} or {@code b1}
 * @param order the order of an element's bytes
 * @param fortran whether the first axis varies fastest
 * @param bytes the length of the head itself
 */
record NpyHeader(String type, ByteOrder order, boolean fortran, Shape shape, long bytes) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final List<String> TYPES = List.of("f4", "f8", "i4", "i8", "u1", "b1");
    /** Far above what a shape of plain numbers can need; NumPy's own default limit is 10,000. */
    private static final int MAX_DICTIONARY = 1 << 16;

    int elementBytes() {
        return type.charAt(1) - '0';
    }

    /** The dtype in memory; {@code i8} has none, and is narrowed to I32. */
    DType dtype() {
        return switch (type) {
            case "f4" -> DType.F32;
            case "f8" -> DType.F64;
            case "i4", "i8" -> DType.I32;
            case "u1" -> DType.U8;
            default -> DType.BOOL;
        };
    }

    /** A head for little-endian elements in C order: version 1.0, padded to 64 bytes as the format asks. */
    static byte[] write(DType dtype, Shape shape) {
        String type = switch (dtype) {
            case F32 -> "<f4";
            case F64 -> "<f8";
            case I32 -> "<i4";
            case U8 -> "|u1";
            case BOOL -> "|b1";
        };
        String dims = Arrays.stream(shape.dims()).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        String tuple = "(" + dims + (shape.rank() == 1 ? ",)" : ")");
        String dictionary = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + tuple + ", }";
        int unpadded = MAGIC.length + 4 + dictionary.length() + 1;
        byte[] text = (dictionary + " ".repeat(-unpadded & 63) + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] head = Arrays.copyOf(MAGIC, MAGIC.length + 4 + text.length);
        head[6] = 1;
        head[8] = (byte) text.length;
        head[9] = (byte) (text.length >> 8);
        System.arraycopy(text, 0, head, 10, text.length);
        return head;
    }

    /** Reads a head; {@code what} names the file in errors. */
    static NpyHeader read(String what, InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(in);
        byte[] start = in.readNBytes(MAGIC.length + 2);
        if (start.length < MAGIC.length + 2 || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length))
            throw SteepestException.of("%s: expected an npy file (\\x93NUMPY), found something else", what);
        int version = start[6];
        if (version < 1 || version > 3 || start[7] != 0)
            throw SteepestException.of(
                    "%s: expected npy version 1.0, 2.0 or 3.0, found %d.%d", what, version, start[7]);
        try {
            int wide = version == 1 ? 2 : 4;
            long length = version == 1
                    ? Short.toUnsignedLong(Short.reverseBytes(data.readShort()))
                    : Integer.toUnsignedLong(Integer.reverseBytes(data.readInt()));
            if (length > MAX_DICTIONARY)
                throw SteepestException.of(
                        "%s: expected an npy header of at most %d bytes, found %d", what, MAX_DICTIONARY, length);
            byte[] text = new byte[(int) length];
            data.readFully(text);
            Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
            return new Parser(what, new String(text, charset)).header(MAGIC.length + 2 + wide + length);
        } catch (EOFException e) {
            throw SteepestException.of("%s: expected an npy header, found the end of the file", what);
        }
    }

    /** The subset of Python's literals that the dictionary is written in. */
    private static final class Parser {
        private final String what;
        private final String text;
        private int at;

        Parser(String what, String text) {
            this.what = what;
            this.text = text;
        }

        NpyHeader header(long bytes) {
            String descr = null;
            Boolean fortran = null;
            long[] shape = null;
            expect('{');
            while (!taken('}')) {
                String key = string();
                expect(':');
                switch (key) {
                    case "descr" -> descr = once(key, descr, string());
                    case "fortran_order" -> fortran = once(key, fortran, bool());
                    case "shape" -> shape = once(key, shape, tuple());
                    default -> throw wrong("the keys descr, fortran_order and shape, found '" + key + "'");
                }
                if (!taken(',') && !next('}')) throw wrong("',' or '}'");
            }
            if (peek() != 0) throw wrong("the end of the header");
            if (descr == null || fortran == null || shape == null)
                throw wrong("the keys descr, fortran_order and shape, found not all of them");
            return new NpyHeader(type(descr), order(descr), fortran, Elements.shape(what, shape), bytes);
        }

        private <T> T once(String key, T before, T value) {
            if (before != null) throw wrong("one '" + key + "', found two");
            return value;
        }

        private String type(String descr) {
            boolean known = descr.length() == 3
                    && TYPES.contains(descr.substring(1))
                    && (descr.charAt(2) == '1' ? "|" : "<>").indexOf(descr.charAt(0)) >= 0;
            if (!known)
                throw SteepestException.of(
                        "%s: expected dtype f4, f8, i4, i8 (either byte order), |u1 or |b1, found '%s'", what, descr);
            return descr.substring(1);
        }

        private static ByteOrder order(String descr) {
            return descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        }

        private String string() {
            char quote = peek();
            if (quote != '\'' && quote != '"') throw wrong("a quoted string");
            int end = text.indexOf(quote, at + 1);
            if (end < 0) throw wrong("a closing quote");
            String s = text.substring(at + 1, end);
            at = end + 1;
            return s;
        }

        private boolean bool() {
            peek();
            for (String word : new String[] {"True", "False"})
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("True");
                }
            throw wrong("True or False");
        }

        private long[] tuple() {
            List<Long> sizes = new ArrayList<>();
            expect('(');
            boolean comma = true;
            while (!taken(')')) {
                if (!comma) throw wrong("',' or ')'");
                sizes.add(number());
                comma = taken(',');
            }
            if (sizes.size() == 1 && !comma) throw wrong("a tuple, found a number in parentheses");
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }

        private long number() {
            peek();
            int end = at;
            while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') end++;
            if (end == at || end - at > 18) throw wrong("a size of at least 0 and below 10^18");
            long n = Long.parseLong(text.substring(at, end));
            at = end;
            return n;
        }

        private void expect(char c) {
            if (!taken(c)) throw wrong("'" + c + "'");
        }

        private boolean taken(char c) {
            boolean is = next(c);
            if (is) at++;
            return is;
        }

        private boolean next(char c) {
            return peek() == c;
        }

        /** The next character that is no blank, or 0 at the end. */
        private char peek() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
            return at < text.length() ? text.charAt(at) : 0;
        }

        private SteepestException wrong(String expected) {
            return SteepestException.of(
                    "%s: expected %s at character %d of the npy header %s", what, expected, at, text.strip());
        }
    }
}
