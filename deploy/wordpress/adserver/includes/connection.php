<?php
/**
 * Whether the ad server answers for the site, asked from here as a reader's browser would ask.
 */

namespace Adserver;

const SLOTS        = 'adserver_slots';
const WAIT_SECONDS = 3;

/** Returns in words what keeps ads from coming, '' when nothing does, and the names of the site's slots. */
function connection( array $options ): array {
	if ( 0 === strpos( home_url(), 'https:' ) && 0 === strpos( $options['base'], 'http:' ) ) {
		return fault( __( 'Readers reach this site by https, so their browsers refuse an ad server at http.', 'adserver' ) );
	}
	$styles = ask( $options, '/v1/slots/%s.css' );
	if ( is_wp_error( $styles ) ) {
		/* translators: %s: a message of the network */
		return fault( sprintf( __( 'The ad server does not answer: %s', 'adserver' ), $styles->get_error_message() ) );
	}
	$status = (int) wp_remote_retrieve_response_code( $styles );
	$body   = wp_remote_retrieve_body( $styles );
	if ( 404 === $status && false !== strpos( $body, '"unknown-site"' ) ) {
		/* translators: %s: the key of a site */
		return fault( sprintf( __( 'The ad server has no site “%s”.', 'adserver' ), $options['site'] ) );
	}
	if ( 200 !== $status || false === strpos( $body, '--adserver-places' ) ) {
		/* translators: %d: a status of HTTP, such as 404 */
		return fault( sprintf( __( 'What answers at this address is no ad server (status %d).', 'adserver' ), $status ) );
	}
	$slots = slots_of( $body );
	set_transient( SLOTS, $slots, MONTH_IN_SECONDS );
	return array( 'slots' => $slots ) + fault( may_be_read_here( $options ) ? '' : domain_fault() );
}

/** The names of the slots as the ad server last told them. */
function known_slots(): array {
	return (array) ( get_transient( SLOTS ) ?: array() );
}

/** The names that a site's stylesheet has rules for; it writes what is no letter as CSS does, "\2e " for a dot. */
function slots_of( string $css ): array {
	preg_match_all( '~\[data-ad-slot="([^"]+)"\]:not~', $css, $found );
	$plain = function ( string $name ): string {
		return preg_replace_callback(
			'~\\\\([0-9a-f]{1,6}) ~',
			function ( array $code ): string {
				return html_entity_decode( "&#x$code[1];", ENT_QUOTES, 'UTF-8' );
			},
			$name
		);
	};
	$names = array_unique( array_map( $plain, $found[1] ) );
	sort( $names );
	return $names;
}

/** The slots that the settings name and the ad server does not know. */
function unknown_slots( array $options, array $slots ): array {
	$named = array_intersect_key( $options, array_flip( SLOT_NAMES ) );
	return array_values( array_unique( array_diff( array_filter( $named, 'strlen' ), $slots ) ) );
}

/** Whether the pages of this site may read what the ad server answers. Counts are asked for, which counts nothing. */
function may_be_read_here( array $options ): bool {
	$answer = ask( $options, '/v1/views/%s?written', array( 'Origin' => origin() ) );
	$is_ok  = ! is_wp_error( $answer ) && 200 === (int) wp_remote_retrieve_response_code( $answer );
	return ! $is_ok || '' !== (string) wp_remote_retrieve_header( $answer, 'access-control-allow-origin' );
}

function domain_fault(): string {
	/* translators: %s: a domain */
	$text = __( 'The ad server does not know that %s belongs to this site: add it to the site’s domains.', 'adserver' );
	return sprintf( $text, wp_parse_url( home_url(), PHP_URL_HOST ) );
}

function origin(): string {
	$home = wp_parse_url( home_url() );
	return "{$home['scheme']}://{$home['host']}" . ( isset( $home['port'] ) ? ":{$home['port']}" : '' );
}

/** Only the administrator of a whole network may have private addresses asked. */
function ask( array $options, string $path, array $headers = array() ) {
	return wp_remote_get(
		$options['base'] . sprintf( $path, rawurlencode( $options['site'] ) ),
		array(
			'timeout'            => WAIT_SECONDS,
			'redirection'        => 0,
			'headers'            => $headers,
			'reject_unsafe_urls' => is_multisite() && ! current_user_can( 'manage_network_options' ),
		)
	);
}

function fault( string $message ): array {
	return array(
		'fault' => $message,
		'slots' => array(),
	);
}
