<?php
/**
 * Where ads go between an article's paragraphs. Without WordPress.
 */

namespace Adserver;

/** What must not stand beside an ad; a paragraph without text holds a picture or an embed. */
const APART = array( 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'figure', 'img', 'iframe', 'video', 'audio', 'object', 'embed', 'blockquote', 'table' );

/** Elements without an end. */
const VOID_ELEMENTS = array( 'area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr' );

/**
 * Puts slots between the paragraphs of an article and returns its HTML.
 *
 * The first comes after paragraph $after; a negative one counts from the end, -1 is the last. With $every more than 0
 * another follows after so many paragraphs each, $most in all. Only paragraphs that stand in nothing else count. No ad
 * comes beside a heading, image or embed: it goes on to the next paragraph, and counted from the end to the one before.
 * Counted from the beginning none comes after the last paragraph. An article of fewer than $least paragraphs has none.
 */
function place( string $html, string $slot, int $after, int $every = 0, int $most = 1, int $least = 4 ): string {
	$gaps = gaps( $html );
	$here = $after < 0 ? count( $gaps ) + $after : $after - 1;
	if ( 0 === $after || $here < 0 || count( $gaps ) < $least ) {
		return $html;
	}
	$places = array();
	$step   = $after < 0 ? -1 : 1;
	while ( count( $places ) < $most && isset( $gaps[ $here ] ) ) {
		if ( ! $gaps[ $here ]['is_free'] || ( $after > 0 && $gaps[ $here ]['is_end'] ) ) {
			$here += $step;
			continue;
		}
		$places[] = $gaps[ $here ]['offset'];
		if ( $every <= 0 ) {
			break;
		}
		$here += $every;
		$step  = 1;
	}
	sort( $places );
	foreach ( array_reverse( $places ) as $offset ) {
		$html = substr_replace( $html, $slot, $offset, 0 );
	}
	return $html;
}

/** The place after each paragraph of text: its offset, whether an ad may stand there, whether nothing follows. */
function gaps( string $html ): array {
	$gaps  = array();
	$open  = array();
	$start = 0;
	foreach ( tags( $html ) as list( $name, $is_end, $from, $to ) ) {
		if ( in_array( $name, VOID_ELEMENTS, true ) ) {
			continue;
		}
		if ( ! $is_end ) {
			if ( ! $open ) {
				$start = $to;
			}
			$open[] = $name;
			continue;
		}
		$depth = array_search( $name, array_reverse( $open, true ), true );
		if ( false === $depth ) {
			continue;
		}
		array_splice( $open, $depth );
		$inner = substr( $html, $start, $from - $start );
		if ( 'p' === $name && 0 === $depth && is_text( $inner ) ) {
			$gaps[] = array(
				'offset'  => $to,
				'is_free' => ! holds_apart( $inner ) && is_free( substr( $html, $to, 2000 ) ),
				'is_end'  => '' === trim( strip_tags( substr( $html, $to ), APART ) ),
			);
		}
	}
	return $gaps;
}

/** The tags outside comments, scripts and styles: name, whether it ends an element, where it begins and ends. */
function tags( string $html ): array {
	$skipped = '<!--.*?-->(*SKIP)(*FAIL)|<(script|style)\b.*?</\1\s*>(*SKIP)(*FAIL)';
	$tag     = '<(/?)([a-z][a-z0-9-]*)(?:"[^"]*"|\'[^\']*\'|[^>"\'])*>';
	if ( ! preg_match_all( "~$skipped|$tag~is", $html, $found, PREG_SET_ORDER | PREG_OFFSET_CAPTURE ) ) {
		return array();
	}
	return array_map(
		function ( array $match ): array {
			$from = $match[0][1];
			return array( strtolower( $match[3][0] ), '/' === $match[2][0], $from, $from + strlen( $match[0][0] ) );
		},
		$found
	);
}

/** Whether an ad may stand before this HTML. */
function is_free( string $following ): bool {
	$following = preg_replace( '~^(?:\s|<!--.*?-->)+~s', '', $following );
	if ( ! preg_match( '~^<([a-z][a-z0-9-]*)\b([^>]*)>(.*?)(?:</p\s*>|$)~is', $following, $found ) ) {
		return true;
	}
	if ( in_array( strtolower( $found[1] ), APART, true ) || false !== stripos( $found[2], 'data-ad-slot' ) ) {
		return false;
	}
	if ( 'p' === strtolower( $found[1] ) ) {
		return is_text( $found[3] ) && ! holds_apart( $found[3] );
	}
	return ! preg_match( '~\bwp-(?:block-(?:embed|image|gallery|video|audio|media-text|cover)|caption)\b~', $found[2] );
}

function holds_apart( string $html ): bool {
	return (bool) preg_match( '~<(?:' . implode( '|', APART ) . ')\b~i', $html );
}

function is_text( string $html ): bool {
	return '' !== trim( html_entity_decode( strip_tags( $html ), ENT_QUOTES, 'UTF-8' ), " \t\n\r\0\x0B\xC2\xA0" );
}
