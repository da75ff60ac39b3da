using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;
using Parley.Protocol;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary>A refused request, as <c>application/problem+json</c> (RFC 9457) with the protocol's error code.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record Problem
{
    public const string ContentType = "application/problem+json";

    /// <summary>Always <c>about:blank</c>: <see cref="Code"/> says which problem it is.</summary>
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    /// <summary>The status in words.</summary>
    [JsonPropertyName("title")]
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    [JsonPropertyName("status")]
    public required int Status { get; init; }

    /// <summary>For people: what was wrong and what to do.</summary>
    [JsonPropertyName("detail")]
    public required string Detail { get; init; }

    /// <summary>The protocol's error code, for example <c>rate_limited</c>.</summary>
    [JsonPropertyName("code")]
    public required string Code { get; init; }

    /// <summary>Answers a refusal.</summary>
    /// <param name="context">The request; its answer has not begun.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="status">The HTTP status; null: the one that goes with the code.</param>
    public static async Task AnswerAsync(HttpContext context, Refusal refusal, int? status = null)
    {
        var response = context.Response;
        response.StatusCode = status ?? StatusOf(refusal.Code);
        response.ContentType = ContentType;
        if (refusal.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        var problem = new Problem
        {
            Type = "about:blank",
            Title = ReasonPhrases.GetReasonPhrase(response.StatusCode),
            Status = response.StatusCode,
            Detail = refusal.Message,
            Code = refusal.Code.WireName(),
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, HttpJson.Strict.Problem);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static int StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.BadRequest => StatusCodes.Status400BadRequest,
        ErrorCode.Unsupported => StatusCodes.Status415UnsupportedMediaType,
        ErrorCode.Unauthorized => StatusCodes.Status401Unauthorized,
        ErrorCode.Forbidden or ErrorCode.NotMember or ErrorCode.Muted or ErrorCode.Banned => StatusCodes.Status403Forbidden,
        ErrorCode.NotFound => StatusCodes.Status404NotFound,
        ErrorCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorCode.Conflict => StatusCodes.Status409Conflict,
        ErrorCode.Gone => StatusCodes.Status410Gone,
        ErrorCode.Quota => StatusCodes.Status507InsufficientStorage,
        ErrorCode.ReadOnly or ErrorCode.Busy or ErrorCode.Internal => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
