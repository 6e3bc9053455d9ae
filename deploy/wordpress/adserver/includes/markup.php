<?php
/**
 * The markup that places ads, without WordPress: any PHP site may copy this one file. PHP 7.4 or later.
 *
 *   require 'markup.php';
 *   echo Adserver\style('https://ads.example', 'demo-haber');
 *   echo Adserver\tag('https://ads.example', 'demo-haber', ['section' => 'yerel'], '42');
 *   echo Adserver\slot('top', ['city' => 'Antalya']);
 *   echo Adserver\image('https://ads.example', 'demo-haber', 'mail', '42', ['alt' => 'Reklam', 'width' => 300]);
 *   echo Adserver\fragment('http://127.0.0.1:8000', 'demo-haber', 'footer');   // decided on the server
 */

namespace Adserver;

/** The ad server's limits: it refuses what is longer. */
const VALUE_CHARACTERS = 40;
const VALUES_A_KEY     = 10;

/** Links the stylesheet that keeps the slots' places free. */
function style( string $base, string $site ): string {
	return '<link' . attributes(
		array(
			'rel'  => 'stylesheet',
			'href' => rtrim( $base, '/' ) . '/v1/slots/' . rawurlencode( $site ) . '.css',
		)
	) . '>';
}

/** Loads the tag. The key-values hold for the whole page; the article's view is counted. */
function tag( string $base, string $site, array $key_values = array(), ?string $article = null ): string {
	return '<script' . attributes( tag_attributes( $base, $site, $key_values, $article ) ) . '></script>';
}

/** The attributes of the tag's script element, not escaped. */
function tag_attributes( string $base, string $site, array $key_values = array(), ?string $article = null ): array {
	return array(
		'async'        => true,
		'src'          => rtrim( $base, '/' ) . '/tag.js',
		'data-site'    => $site,
		'data-article' => $article,
	) + data_attributes( $key_values );
}

/**
 * Places a slot.
 *
 * Options: collapse (before, empty, never), lazy (true), refresh (seconds).
 */
function slot( string $name, array $key_values = array(), array $options = array() ): string {
	return '<div' . attributes(
		array(
			'data-ad-slot'  => $name,
			'data-collapse' => $options['collapse'] ?? null,
			'data-lazy'     => $options['lazy'] ?? null,
			'data-refresh'  => $options['refresh'] ?? null,
		) + data_attributes( $key_values )
	) . '></div>';
}

/** Places the count of views of an article, or of the page's own. */
function article_views( string $article = '' ): string {
	return '<span' . attributes( array( 'data-article-views' => $article ) ) . '></span>';
}

/**
 * Places an image and its link for mail, feeds and noscript; an empty slot is one transparent pixel.
 *
 * Image and link with the same $n lead to one creative. Options: alt, width (the widest that may come), height,
 * key_values.
 */
function image( string $base, string $site, string $name, string $n, array $options = array() ): string {
	$width = isset( $options['width'] ) ? (string) $options['width'] : '';
	$query = query( $options['key_values'] ?? array(), array_filter( array( 'n' => $n, 'w' => $width ), 'strlen' ) );
	$place = address( $base, $site, $name );
	$image = attributes(
		array(
			'src'    => "$place.img?$query",
			'alt'    => $options['alt'] ?? '',
			'width'  => '' === $width ? null : $width,
			'height' => $options['height'] ?? null,
		)
	);
	$link  = attributes(
		array(
			'href'   => "$place.link?$query",
			'rel'    => 'sponsored noopener',
			'target' => '_blank',
		)
	);
	return "<a$link><img$image></a>";
}

/**
 * Asks for a slot on the server and returns its HTML: '' when the slot is empty, and when the ad server is slow or away.
 *
 * The reader's user agent decides about the size; the ad's own pixel is counted in the reader's browser.
 */
function fragment( string $base, string $site, string $name, array $key_values = array(), float $seconds = 0.3 ): string {
	$agent   = preg_replace( '/[^\x20-\x7e]/', '', $_SERVER['HTTP_USER_AGENT'] ?? '' );
	$context = stream_context_create(
		array(
			'http' => array(
				'timeout'         => $seconds,
				'header'          => "User-Agent: $agent\r\n",
				'follow_location' => 0,
			),
		)
	);
	$html    = @file_get_contents( address( $base, $site, $name ) . '?' . query( $key_values ), false, $context );
	return false === $html ? '' : $html;
}

/** The key-values that can be sent, each a list of texts: names in lower case, values cut to what is allowed. */
function key_values( array $given ): array {
	$kept = array();
	foreach ( $given as $name => $values ) {
		$name   = strtolower( (string) $name );
		$values = array_filter( array_map( __NAMESPACE__ . '\cut', is_array( $values ) ? $values : array( $values ) ), 'strlen' );
		if ( preg_match( '/^[a-z0-9][a-z0-9_.-]{0,19}$/', $name ) && $values ) {
			$kept[ $name ] = array_slice( array_values( $values ), 0, VALUES_A_KEY );
		}
	}
	return $kept;
}

/** Attributes as HTML; null and false are left out, true has no value. */
function attributes( array $attributes ): string {
	$html = '';
	foreach ( $attributes as $name => $value ) {
		if ( null === $value || false === $value ) {
			continue;
		}
		$html .= true === $value ? " $name" : " $name=\"" . htmlspecialchars( (string) $value, ENT_QUOTES, 'UTF-8' ) . '"';
	}
	return $html;
}

function data_attributes( array $key_values ): array {
	$attributes = array();
	foreach ( key_values( $key_values ) as $name => $values ) {
		$attributes[ "data-kv-$name" ] = implode( '|', $values );
	}
	return $attributes;
}

function query( array $key_values, array $more = array() ): string {
	$pairs = array();
	foreach ( $more as $name => $value ) {
		$pairs[] = rawurlencode( $name ) . '=' . rawurlencode( (string) $value );
	}
	foreach ( key_values( $key_values ) as $name => $values ) {
		foreach ( $values as $value ) {
			$pairs[] = 'kv.' . rawurlencode( $name ) . '=' . rawurlencode( $value );
		}
	}
	return implode( '&', $pairs );
}

function address( string $base, string $site, string $name ): string {
	return rtrim( $base, '/' ) . '/v1/slots/' . rawurlencode( $site ) . '/' . rawurlencode( $name );
}

/** The first characters of a text; what is not UTF-8 is nothing. A bar would part it into two values. */
function cut( $value ): string {
	$text = trim( str_replace( '|', ' ', (string) $value ) );
	return preg_match( '/^.{0,' . VALUE_CHARACTERS . '}/us', $text, $found ) ? trim( $found[0] ) : '';
}
