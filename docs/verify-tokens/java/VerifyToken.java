import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.Ed25519Verifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.List;
import java.util.Set;

/**
 * Verifies access tokens of Folkmoot with Nimbus JOSE + JWT and Tink.
 *
 * <p>usage: java -cp 'jars/*' VerifyToken.java JWKS_URL < tokens
 *
 * <p>Prints the claims of each token, or why it is refused, one line each.
 */
public final class VerifyToken {
  private static final DefaultJOSEObjectTypeVerifier<SecurityContext> TYPE =
      new DefaultJOSEObjectTypeVerifier<>(
          new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));

  private static final DefaultJWTClaimsVerifier<SecurityContext> CLAIMS =
      new DefaultJWTClaimsVerifier<>(
          "gateway",
          new JWTClaimsSet.Builder().issuer("gateway").build(),
          Set.of("sub", "exp", "iat", "jti", "client_id"));

  /** Fetches the published keys when it needs them, and again when a token names a new one. */
  private final JWKSource<SecurityContext> keys;

  VerifyToken(String jwksUrl) throws Exception {
    keys = JWKSourceBuilder.create(URI.create(jwksUrl).toURL()).retrying(true).build();
  }

  /**
   * DefaultJWTProcessor finds no key for these tokens: it turns the keys of the set into Java's, and leaves out those of
   * type OKP. So the key is chosen and the signature checked here.
   */
  JWTClaimsSet verify(String token) throws Exception {
    SignedJWT jwt = SignedJWT.parse(token);
    JWSHeader header = jwt.getHeader();
    TYPE.verify(header.getType(), null);
    JWKMatcher wanted =
        new JWKMatcher.Builder()
            .keyType(KeyType.OKP)
            .curve(Curve.Ed25519)
            .keyID(header.getKeyID())
            .build();
    List<JWK> found = keys.get(new JWKSelector(wanted), null);
    if (found.size() != 1) {
      throw new BadJOSEException("unknown key");
    }
    if (!jwt.verify(new Ed25519Verifier(found.get(0).toOctetKeyPair()))) {
      throw new BadJOSEException("wrong signature");
    }
    CLAIMS.verify(jwt.getJWTClaimsSet(), null);
    return jwt.getJWTClaimsSet();
  }

  public static void main(String[] arguments) throws Exception {
    VerifyToken verifier = new VerifyToken(arguments[0]);
    BufferedReader tokens = new BufferedReader(new InputStreamReader(System.in));
    for (String token = tokens.readLine(); token != null; token = tokens.readLine()) {
      try {
        System.out.println(verifier.verify(token));
      } catch (Exception error) {
        System.out.println("refused: " + error);
      }
    }
  }
}
