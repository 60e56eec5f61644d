import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Events, one a line, as Jackson or Gson writes them, each followed by U+001E: java Encoders.java gson|jackson|jackson-ascii < events.ndjson */
public class Encoders {
  interface Encoder {
    String encode(String json) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    Encoder encoder = encoderNamed(args[0]);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8))) {
      for (String line; (line = in.readLine()) != null; ) out.print(encoder.encode(line) + '\u001e');
    }
  }

  private static Encoder encoderNamed(String name) {
    if (name.equals("gson")) {
      Gson gson = new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();
      return json -> gson.toJson(gson.fromJson(json, Map.class));
    }
    ObjectMapper mapper =
        name.equals("jackson")
            ? new JsonMapper()
            : JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    return json -> mapper.writeValueAsString(mapper.readValue(json, Map.class));
  }
}
